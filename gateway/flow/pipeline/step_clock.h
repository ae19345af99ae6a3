// How long a step took: on the wall, and of it on a processor.
#pragma once

#include <chrono>

namespace gateway {

struct StepTime {
    std::chrono::microseconds wall{};
    std::chrono::microseconds cpu{};  // of this thread
};

// Both clocks as it is made.
struct StepClock {
    StepClock();

    std::chrono::steady_clock::time_point wall;
    std::chrono::nanoseconds cpu;
};

StepTime elapsed(const StepClock& from, const StepClock& to);

}  // namespace gateway
