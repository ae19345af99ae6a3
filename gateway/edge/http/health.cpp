#include "gateway/edge/http/health.h"

#include <fmt/format.h>

#include <utility>

namespace gateway {

namespace {

void add(Issues& issues, std::string text) {
    issues.add({.code = "transient", .path = {}, .text = std::move(text)});
}

}  // namespace

Health::Health(const Clock& clock, const Store& store, std::vector<WatchedLoop> loops)
    : clock_(clock), store_(store), loops_(std::move(loops)) {
}

Issues Health::faults_of_life() const {
    Issues issues;
    const SteadyTime now = clock_.steady();
    for (const WatchedLoop& loop : loops_) {
        const auto since = loop.busy_since();
        if (since && now - *since > turn_max) {
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
    return issues;
}

}  // namespace gateway
