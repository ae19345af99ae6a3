// Time as a value: the seam that every part takes instead of asking the machine.
#pragma once

#include <chrono>
#include <string>

namespace gateway {

// Wall time, UTC, to the microsecond: what is stored and shown.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// For deadlines and measures.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;

    virtual Instant now() const = 0;

    // Never steps back.
    virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
    SteadyTime steady() const override;
};

// FHIR `instant` in UTC with milliseconds: 2026-01-31T13:28:17.239Z (R4 datatypes.html#instant).
std::string to_fhir_instant(Instant instant);

}  // namespace gateway
