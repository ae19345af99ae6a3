// The processor time of one thread, readable from any other while that thread lives: what tells the
// server's share of a benchmark from the client's, though both are in one process.
#pragma once

#include <sys/types.h>

#include <span>
#include <thread>
#include <vector>

#include "gateway/net/reactor.h"

namespace gateway {

class ThreadClock final {
public:
    explicit ThreadClock(std::thread::native_handle_type thread);

    double seconds() const;

private:
    clockid_t clock_ = 0;
};

// Of running reactors, and of threads.
std::vector<ThreadClock> clocks_of(const std::vector<Reactor*>& reactors);
std::vector<ThreadClock> clocks_of(std::span<std::jthread> threads);

double seconds_of(std::span<const ThreadClock> clocks);

}  // namespace gateway
