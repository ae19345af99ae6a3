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

void check_store_keys(const StoreReads& store, const Snapshot& wanted, Issues& issues) {
    for (const std::string& id : store.master_keys()) {
        if (!wanted.store_keys->has(id)) {
            issues.add(
                {.code = "business-rule",
                 .path = "store.keys",
                 .text = fmt::format("the store still needs the master key {}: leave its file "
                                     "in the list, behind the first, until `painbridge store "
                                     "keys` says that it is unused",
                                     id),
                 .source = wanted.settings->file});
        }
    }
}

void check_reload(const Snapshot& running, const Snapshot& wanted, Issues& issues) {
    const Settings& was = *running.settings;
    const Settings& is = *wanted.settings;
    Comparison comparison(is, issues);
    comparison.address("listen.mllp.address", was.listen.mllp.address, is.listen.mllp.address);
    comparison.address("listen.https.address", was.listen.https.address, is.listen.https.address);
    comparison.address("listen.ops.address", was.listen.ops.address, is.listen.ops.address);
    // Keys may come and go (KeyRotation).
    StoreSettings store = is.store;
    store.keys = was.store.keys;
    comparison.section("store", was.store, store);
    comparison.section("audit", was.audit, is.audit);
    comparison.section("limits", was.limits, is.limits);
    comparison.section("threads", was.threads, is.threads);
    comparison.section("log", was.log, is.log);
    if (running.id_key != wanted.id_key) {
        comparison.needs_restart("ids.key",
                                 "the key of ids is another one, which gives known referrals new "
                                 "ids");
    }
}

}  // namespace gateway
