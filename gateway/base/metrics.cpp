#include "gateway/base/metrics.h"

#include <algorithm>
#include <numeric>

namespace gateway {

std::uint64_t LatencyReading::count() const {
    return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

void LatencyHistogram::observe(std::chrono::nanoseconds time) {
    const double seconds = std::chrono::duration<double>(time).count();
    // `le`: a bucket holds what is at most its bound.
    const auto bucket = std::ranges::lower_bound(latency_bounds, seconds) - latency_bounds.begin();
    buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(time.count(), std::memory_order_relaxed);
}

LatencyReading LatencyHistogram::reading() const {
    LatencyReading reading;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        reading.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    }
    reading.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
    return reading;
}

}  // namespace gateway
