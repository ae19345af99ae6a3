// What the gateway counts about itself: instruments that a hot path can afford (relaxed atomics, no
// lock, no allocation). Whoever counts owns its instruments; `exposition.h` shows them.
// Thread-safe; a reading while others count may miss the newest, never tears a number.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway {

class Counter final {
public:
    void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }

    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

// Upper bounds of the buckets in seconds: from a commit on a fast disk to a partner's timeout. The
// last bucket has none.
inline constexpr std::array<double, 17> latency_bounds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1.0,   2.5,    5.0,   10.0, 30.0};

struct LatencyReading {
    std::array<std::uint64_t, latency_bounds.size() + 1> buckets{};  // each for itself
    std::chrono::nanoseconds sum{};

    std::uint64_t count() const;
};

class LatencyHistogram final {
public:
    void observe(std::chrono::nanoseconds time);

    LatencyReading reading() const;

private:
    std::array<std::atomic<std::uint64_t>, latency_bounds.size() + 1> buckets_{};
    std::atomic<std::int64_t> sum_ = 0;
};

}  // namespace gateway
