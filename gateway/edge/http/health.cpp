#include "gateway/edge/http/health.h"

#include <fmt/format.h>

#include <utility>

namespace gateway {

namespace {

void add(Issues& issues, std::string text) {
    issues.add({.code = "transient", .path = {}, .text = std::move(text)});
}

}  // namespace

Health::Health(const Clock& clock, const Store& store, const DiskRoom& disk,
               std::vector<WatchedLoop> loops)
    : clock_(clock), store_(store), disk_(disk), loops_(std::move(loops)) {
}

Issues Health::faults_of_life() const {
    Issues issues;
    const SteadyTime now = clock_.steady();
    for (const WatchedLoop& loop : loops_) {
        const auto since = loop.busy_since();
        if (since && now - *since > loop.turn_max) {
            const auto busy = std::chrono::duration_cast<std::chrono::seconds>(now - *since);
            add(issues, fmt::format("{} has stood still for {} s", loop.name, busy.count()));
        }
    }
    return issues;
}

Issues Health::faults_of_readiness() const {
    Issues issues = faults_of_life();
    const Stage stage = stage_;
    if (stage == Stage::starting) {
        add(issues, "the gateway is starting: not all its listeners are open yet");
    } else if (stage == Stage::stopping) {
        add(issues, "the gateway is stopping");
    }
    if (stage != Stage::stopping && !store_.accepts()) {
        add(issues, "the store takes no messages until the gateway is restarted; the log says why");
    }
    if (stage != Stage::stopping && store_.away()) {
        add(issues, "the database cannot be reached: messages are refused until it can");
    }
    if (!disk_.takes_new_work()) {
        constexpr std::uint64_t mib = 1U << 20U;
        const DiskSpace space = disk_.space();
        constexpr double hundred = 100.0;
        add(issues, fmt::format("the disk under the store is {:.1f} % full, {} MiB are left",
                                space.used_ratio() * hundred, space.free_bytes / mib));
    }
    return issues;
}

}  // namespace gateway
