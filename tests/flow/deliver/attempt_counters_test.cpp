#include "gateway/flow/deliver/attempt_counters.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(AttemptCounters, CountEachResultForItself) {
    AttemptCounters counters;
    std::uint64_t times = 0;
    for (const AttemptResult result : attempt_results) {
        ++times;
        for (std::uint64_t i = 0; i < times; ++i) {
            counters.count(result, 10ms);
        }
    }
    const AttemptReading reading = counters.reading();
    EXPECT_EQ(reading.attempts, (std::array<std::uint64_t, 5>{1, 2, 3, 4, 5}));
    EXPECT_EQ(reading.latency.count(), 15U);
    EXPECT_EQ(reading.latency.sum, 150ms);
}

TEST(AttemptCounters, ShowTheBreakerWhileItIsOpen) {
    AttemptCounters counters;
    EXPECT_FALSE(counters.reading().is_breaker_open);
    counters.breaker_opened();
    EXPECT_TRUE(counters.reading().is_breaker_open);
    counters.breaker_closed();
    EXPECT_FALSE(counters.reading().is_breaker_open);
}

}  // namespace
}  // namespace gateway
