// What tests of the alarms share: clocks that stand until they are moved, ids in order, and a sink
// that answers as it is told.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/ids.h"
#include "gateway/flow/alarm/incident_book.h"
#include "gateway/flow/alarm/sink.h"

namespace gateway::test {

class AlarmClock final : public Clock {
public:
    Instant now() const override { return moment_.wall; }

    SteadyTime steady() const override { return moment_.steady; }

    void advance(std::chrono::milliseconds by);

    Moment moment() const { return moment_; }

private:
    Moment moment_{Instant(std::chrono::hours(500'000)), SteadyTime(std::chrono::hours(1))};
};

class NumberedIds final : public IdSource {
public:
    std::string uuid() override { return "incident-" + std::to_string(++last_); }

private:
    int last_ = 0;
};

Condition breaker_of(const std::string& partner);
Condition quarantine_of(const std::string& partner, std::uint64_t count);
Observation seen(std::vector<Condition> conditions);

// Takes everything until it is told to fail, and notes what it was given ("open breaker:clinic").
// It answers when `answer` is called.
class ScriptedSink final : public AlarmSink {
public:
    struct Script {
        std::vector<std::string> given;
        bool fails = false;
        OnSent waiting = nullptr;
    };

    explicit ScriptedSink(std::shared_ptr<Script> script) : script_(std::move(script)) {}

    void send(const Notice& notice, OnSent on_sent) override;

private:
    std::shared_ptr<Script> script_;
};

void answer(ScriptedSink::Script& script);

}  // namespace gateway::test
