#include "gateway/net/transfer_rate.h"

#include <algorithm>

namespace gateway {

SteadyTime slowest_end(SteadyTime since, std::uint64_t bytes_moved,
                       const ConnectionLimits& limits) {
    const auto rate = std::max<std::uint64_t>(limits.transfer_bytes_per_second_min, 1);
    const std::chrono::milliseconds earned(bytes_moved * 1'000 / rate);
    const SteadyTime now = std::chrono::steady_clock::now();
    return std::min(since + earned, now) + limits.transfer_grace;
}

}  // namespace gateway
