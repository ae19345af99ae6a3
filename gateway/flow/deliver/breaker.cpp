#include "gateway/flow/deliver/breaker.h"

#include <algorithm>

namespace gateway {

Breaker::State Breaker::state(SteadyTime now) const {
    if (!open_until_) {
        return State::closed;
    }
    return now < *open_until_ ? State::open : State::half_open;
}

std::size_t Breaker::room(SteadyTime now, std::size_t most) const {
    switch (state(now)) {
        case State::closed:
            return most;
        case State::half_open:
            return std::min<std::size_t>(most, 1);
        case State::open:
            break;
    }
    return 0;
}

std::optional<SteadyTime> Breaker::opens_until(SteadyTime now) const {
    return state(now) == State::open ? open_until_ : std::nullopt;
}

Breaker::Change Breaker::answered() {
    failures_ = 0;
    const bool was_open = open_until_.has_value();
    open_until_.reset();
    return was_open ? Change::closed : Change::none;
}

Breaker::Change Breaker::unanswered(SteadyTime now) {
    if (state(now) == State::open) {
        return Change::none;
    }
    ++failures_;
    if (failures_ < settings_.failures && !open_until_) {
        return Change::none;
    }
    const bool was_open = open_until_.has_value();
    open_until_ = now + settings_.pause;
    return was_open ? Change::none : Change::opened;
}

}  // namespace gateway
