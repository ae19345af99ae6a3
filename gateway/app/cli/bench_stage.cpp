#include "gateway/app/cli/bench_stage.h"

#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <utility>

#include "gateway/app/cli/queue_options.h"
#include "gateway/app/open_store.h"
#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/credentials/store_keys.h"

namespace gateway {

namespace {

constexpr std::chrono::seconds start_time{20};

// What the store does before an acknowledgement.
std::string kept_by(const StoreSettings& store) {
    if (store.postgres.enabled()) {
        return fmt::format("PostgreSQL on {}, synchronous_commit on, fsync on",
                           store.postgres.host);
    }
    return "SQLite, WAL, synchronous=FULL";
}

}  // namespace

Twins load_twins(const Stage& stage) {
    Issues issues;
    Twins twins{load_twin_settings(stage.folder + "/twin-gp.toml", issues),
                load_twin_settings(stage.folder + "/twin-clinic.toml", issues)};
    if (issues.has_errors()) {
        throw Failure(Category::fault, "the benchmark's own configuration has faults", {}, issues);
    }
    return twins;
}

std::unique_ptr<Store> open_store_of(const Stage& stage) {
    const Settings settings = settings_of(stage.config());
    Issues issues;
    auto keys = load_store_keys(settings.store, issues);
    if (issues.has_errors()) {
        throw Failure(Category::fault, "the benchmark's own keys have faults", {}, issues);
    }
    return open_store(settings.store, std::move(keys), 1);
}

void replace_once(std::string& text, std::string_view from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) {
        throw Failure(Category::fault, fmt::format("config/demo has no line {}", from));
    }
    text.replace(at, from.size(), to);
}

void change_file(const std::string& path, const std::function<void(std::string&)>& change) {
    std::string text = read_file(path);
    change(text);
    std::ofstream(path, std::ios::binary) << text;
}

void pass_referrals_on(const Stage& stage) {
    change_file(stage.config() + "/partners/gp.toml", [](std::string& gp) {
        replace_once(gp, "when = \"entry.resource.ofType(ServiceRequest).exists()\"",
                     "pass = true\nmessage = [\"REF^I12\"]");
    });
}

void await_start(Child& gateway, const Stage& stage, std::ostream& out) {
    const auto began = std::chrono::steady_clock::now();
    if (!gateway.wait_for([](const std::string& line) { return line.starts_with("ready"); },
                          start_time)) {
        throw Failure(Category::unavailable,
                      "the gateway did not start; see " + stage.log("gateway"));
    }
    out << fmt::format("cold start {:.0f} ms\n", std::chrono::duration<double, std::milli>(
                                                     std::chrono::steady_clock::now() - began)
                                                     .count());
}

void print_settings(const Stage& stage, std::ostream& out) {
    const Settings settings = settings_of(stage.config());
    out << "settings: " << kept_by(settings.store) << "; audit on, hash chain"
        << (settings.audit.checkpoint_file.empty() ? "" : ", signed checkpoints")
        << "; payloads AES-256-GCM\n";
}

}  // namespace gateway
