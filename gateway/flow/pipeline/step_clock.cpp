#include "gateway/flow/pipeline/step_clock.h"

#include <time.h>  // NOLINT(modernize-deprecated-headers): clock_gettime is POSIX

namespace gateway {

namespace {

std::chrono::nanoseconds thread_time() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

StepClock::StepClock() : wall(std::chrono::steady_clock::now()), cpu(thread_time()) {
}

StepTime elapsed(const StepClock& from, const StepClock& to) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(to.wall - from.wall),
            std::chrono::duration_cast<std::chrono::microseconds>(to.cpu - from.cpu)};
}

}  // namespace gateway
