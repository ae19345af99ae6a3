// The sinks in order, and which of them answer. A notice goes to the first that takes its urgency
// and is not dead; one is dead after so many failures in a row, and is tried again after a pause.
// Pure: time is handed in. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/settings/alarm_settings.h"
#include "gateway/flow/alarm/incident.h"
#include "gateway/flow/alarm/sink.h"

namespace gateway {

struct SinkPlace {
    AlarmSinkSettings settings = {};
    std::unique_ptr<AlarmSink> sink = nullptr;
    std::string mark = {};       // changes with its certificates and secrets
    std::uint32_t failures = 0;  // in a row
    bool is_dead = false;
    SteadyTime next_try{};
    std::string fault = {};  // the last
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;
};

class SinkRow final {
public:
    struct Retries {
        std::uint32_t tries = 3;
        std::chrono::milliseconds pause{};
        std::chrono::milliseconds pause_dead{};
    };

    // Those that were there already, with the same settings, keep what is known of them.
    void change(std::vector<SinkPlace> places, Retries retries);

    bool empty() const { return places_.empty(); }

    // Null: none can take it at this moment.
    SinkPlace* choose(Urgency urgency, SteadyTime now);

    // Null where there is none of that name.
    SinkPlace* named(const std::string& name);

    // A dead one whose pause is over; null without one.
    SinkPlace* to_probe(SteadyTime now);

    void took(SinkPlace& place) const;
    void failed(SinkPlace& place, std::string fault, SteadyTime now) const;

    std::vector<Condition> dead() const;

    const std::vector<SinkPlace>& places() const { return places_; }

private:
    std::vector<SinkPlace> places_;
    Retries retries_;
};

}  // namespace gateway
