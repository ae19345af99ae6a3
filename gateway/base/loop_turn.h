// Since when a loop has been at one turn of its work; nothing while it waits for some. A loop that
// has been at one turn for too long hangs. One thread turns, any thread looks.
#pragma once

#include <atomic>
#include <optional>

#include "gateway/base/clock.h"

namespace gateway {

class LoopTurn final {
public:
    void begin(SteadyTime now) { since_ = now.time_since_epoch().count(); }

    void end() { since_ = waiting; }

    std::optional<SteadyTime> since() const {
        const SteadyTime::rep since = since_;
        return since == waiting ? std::nullopt
                                : std::optional(SteadyTime(SteadyTime::duration(since)));
    }

private:
    static constexpr SteadyTime::rep waiting = -1;

    std::atomic<SteadyTime::rep> since_ = waiting;
};

}  // namespace gateway
