// What became of the attempts to deliver to one destination, how long each took, and whether the
// destination is left in peace. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <string_view>

#include "gateway/base/metrics.h"
#include "gateway/flow/deliver/transport.h"

namespace gateway {

inline constexpr std::array attempt_results{AttemptResult::delivered, AttemptResult::refused,
                                            AttemptResult::failed, AttemptResult::try_again,
                                            AttemptResult::damaged};

std::string_view to_string(AttemptResult result);

struct AttemptReading {
    std::array<std::uint64_t, attempt_results.size()> attempts{};  // as in `attempt_results`
    LatencyReading latency;
    bool is_breaker_open = false;
};

class AttemptCounters final {
public:
    void count(AttemptResult result, std::chrono::nanoseconds time);

    // Open until an attempt is answered again, its probes included.
    void breaker_opened() { is_breaker_open_ = true; }

    void breaker_closed() { is_breaker_open_ = false; }

    AttemptReading reading() const;

private:
    std::array<Counter, attempt_results.size()> attempts_;
    LatencyHistogram latency_;
    std::atomic<bool> is_breaker_open_ = false;
};

}  // namespace gateway
