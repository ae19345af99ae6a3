// Leaves a destination in peace that does not answer. After a number of attempts in a row that
// nobody answered it opens: nothing is sent for a pause. Then one delivery goes as a probe (half
// open): any answer closes it, none opens it again. So a dead peer costs one attempt a pause,
// however many wait for it, and those that wait do not use up their tries.
// https://martinfowler.com/bliki/CircuitBreaker.html. Pure: time is handed in, steady time, so that
// a wall clock that is set leaves its pauses as they are. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "gateway/base/clock.h"
#include "gateway/base/settings/partner.h"

namespace gateway {

class Breaker final {
public:
    enum class State { closed, open, half_open };

    // What an attempt did to it.
    enum class Change { none, opened, closed };

    explicit Breaker(const BreakerSettings& settings) : settings_(settings) {}

    State state(SteadyTime now) const;

    // How many may be under way now, where `most` may when it is closed.
    std::size_t room(SteadyTime now, std::size_t most) const;

    // When it will let a probe through; nothing unless it is open.
    std::optional<SteadyTime> opens_until(SteadyTime now) const;

    // An attempt ended; what is under way when it opens changes nothing any more.
    Change answered();
    Change unanswered(SteadyTime now);

private:
    BreakerSettings settings_;
    std::uint32_t failures_ = 0;  // in a row
    std::optional<SteadyTime> open_until_;
};

}  // namespace gateway
