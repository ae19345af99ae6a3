#include "tests/flow/alarm/alarm_fixture.h"

#include <utility>

namespace gateway::test {

void AlarmClock::advance(std::chrono::milliseconds by) {
    moment_.wall += by;
    moment_.steady += by;
}

Condition breaker_of(const std::string& partner) {
    return {AlarmClass::breaker, "breaker:" + partner, partner + " does not answer"};
}

Condition quarantine_of(const std::string& partner, std::uint64_t count) {
    return {AlarmClass::quarantine, "quarantine:" + partner, "given up", count};
}

Observation seen(std::vector<Condition> conditions) {
    return {std::move(conditions), {}};
}

void ScriptedSink::send(const Notice& notice, OnSent on_sent) {
    script_->given.push_back(std::string(to_string(notice.event)) + " " + notice.incident.key);
    script_->waiting = std::move(on_sent);
}

void answer(ScriptedSink::Script& script) {
    if (const auto told = std::exchange(script.waiting, nullptr)) {
        told(script.fails ? std::optional<std::string>("scripted") : std::nullopt);
    }
}

}  // namespace gateway::test
