// The flight recorder: what happened to a message or a referral, in order. A value, without patient
// data: texts name fields, rules and partners, never contents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/base/clock.h"

namespace gateway {

// A number worth keeping beside an event: bytes, nodes, duration_us.
struct TraceMeasure {
    std::string name;
    std::int64_t value = 0;

    bool operator==(const TraceMeasure&) const = default;
};

struct TraceEvent {
    std::string message;   // id; may be empty where `referral` is not
    std::string referral;  // id; empty until the message is known to be about one
    Instant at{};
    std::string stage;  // one word: accepted, decoded, mapped, validated, routed, delivered, …
    std::string text;   // one sentence
    std::vector<TraceMeasure> measures = {};

    bool operator==(const TraceEvent&) const = default;
};

// By time. Of a referral: its own events and those of every message that touched it.
using Trace = std::vector<TraceEvent>;

}  // namespace gateway
