#include "gateway/flow/pipeline/reload.h"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace gateway {

namespace {

// Adds what it finds, with the file that wants it.
class Comparison {
public:
    Comparison(const Settings& wanted, Issues& issues) : file_(wanted.file), issues_(issues) {}

    void needs_restart(std::string path, std::string what) {
        issues_.add({.code = "business-rule",
                     .path = std::move(path),
                     .text = std::move(what) + ": this needs a restart",
                     .source = file_});
    }

    void address(const std::string& path, const std::optional<Address>& running,
                 const std::optional<Address>& wanted) {
        if (running != wanted) {
            needs_restart(path, fmt::format("the address was {} and is now {}", text_of(running),
                                            text_of(wanted)));
        }
    }

    template <typename Section>
    void section(const std::string& path, const Section& running, const Section& wanted) {
        if (!(running == wanted)) {
            needs_restart(path, fmt::format("a key of [{}] was changed", path));
        }
    }

private:
    static std::string text_of(const std::optional<Address>& address) {
        return address ? address->text() : "off";
    }

    const std::string& file_;
    Issues& issues_;
};

}  // namespace

void check_reload(const Snapshot& running, const Snapshot& wanted, Issues& issues) {
    const Settings& was = *running.settings;
    const Settings& is = *wanted.settings;
    Comparison comparison(is, issues);
    comparison.address("listen.mllp.address", was.listen.mllp.address, is.listen.mllp.address);
    comparison.address("listen.https.address", was.listen.https.address, is.listen.https.address);
    comparison.address("listen.ops.address", was.listen.ops.address, is.listen.ops.address);
    comparison.section("store", was.store, is.store);
    comparison.section("audit", was.audit, is.audit);
    comparison.section("limits", was.limits, is.limits);
    comparison.section("threads", was.threads, is.threads);
    comparison.section("log", was.log, is.log);
    const auto key_ids = [](const Snapshot& snapshot) {
        return snapshot.store_keys ? snapshot.store_keys->ids() : std::vector<std::string>();
    };
    if (key_ids(running) != key_ids(wanted)) {
        comparison.needs_restart("store.keys", "the keys of the store are other ones");
    }
    if (running.id_key != wanted.id_key) {
        comparison.needs_restart("ids.key",
                                 "the key of ids is another one, which gives known referrals new "
                                 "ids");
    }
}

}  // namespace gateway
