// A binary heap of monotonic timers; cancelled ones stay in the heap until they surface or until
// they are the majority. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gateway/base/clock.h"

namespace gateway {

using TimerId = std::uint64_t;

class Timers final {
public:
    void add(TimerId id, SteadyTime due, std::function<void()> task);
    void cancel(TimerId id);

    // The task of a timer that is due at `now`, the earliest first.
    std::optional<std::function<void()>> take_due(SteadyTime now);

    std::optional<SteadyTime> next_due();

    std::size_t size() const { return tasks_.size(); }

private:
    struct Entry {
        SteadyTime due;
        TimerId id = 0;
    };

    void drop_cancelled_head();
    void compact();

    std::vector<Entry> heap_;
    std::unordered_map<TimerId, std::function<void()>> tasks_;
};

}  // namespace gateway
