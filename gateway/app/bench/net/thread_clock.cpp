#include "gateway/app/bench/net/thread_clock.h"

#include <pthread.h>

#include <ctime>

#include "gateway/base/failure.h"

namespace gateway {

ThreadClock::ThreadClock(std::thread::native_handle_type thread) {
    if (pthread_getcpuclockid(thread, &clock_) != 0) {
        throw Failure(Category::fault, "internal error", "a thread without a processor clock");
    }
}

double ThreadClock::seconds() const {
    timespec time = {};
    clock_gettime(clock_, &time);
    constexpr double nanoseconds = 1e-9;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * nanoseconds;
}

std::vector<ThreadClock> clocks_of(const std::vector<Reactor*>& reactors) {
    std::vector<ThreadClock> clocks;
    for (Reactor* reactor : reactors) {
        reactor->settle([&clocks] { clocks.emplace_back(pthread_self()); });
    }
    return clocks;
}

std::vector<ThreadClock> clocks_of(std::span<std::jthread> threads) {
    std::vector<ThreadClock> clocks;
    for (std::jthread& thread : threads) {
        clocks.emplace_back(thread.native_handle());
    }
    return clocks;
}

double seconds_of(std::span<const ThreadClock> clocks) {
    double sum = 0;
    for (const ThreadClock& clock : clocks) {
        sum += clock.seconds();
    }
    return sum;
}

}  // namespace gateway
