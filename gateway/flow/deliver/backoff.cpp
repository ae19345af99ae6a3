#include "gateway/flow/deliver/backoff.h"

#include <algorithm>
#include <cmath>

namespace gateway {

std::chrono::milliseconds pause_after(std::uint32_t attempts, const RetrySettings& retry,
                                      double random, std::chrono::seconds asked) {
    const double steps = attempts > 0 ? static_cast<double>(attempts - 1) : 0.0;
    const double first = static_cast<double>(retry.first.count());
    // Beyond some 60 doublings the power is infinite; the maximum still holds.
    const double ceiling =
        std::min(first * std::pow(retry.factor, steps), static_cast<double>(retry.max.count()));
    const std::chrono::milliseconds own{
        static_cast<std::chrono::milliseconds::rep>(ceiling * std::max(random, 0.1))};
    return std::max(own, std::min<std::chrono::milliseconds>(asked, retry.max));
}

}  // namespace gateway
