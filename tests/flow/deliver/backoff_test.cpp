#include "gateway/flow/deliver/backoff.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesItsCeilingUpToTheMaximum) {
    const RetrySettings retry{.first = 1s, .factor = 2, .max = 60s, .budget = 24h};
    EXPECT_EQ(pause_after(1, retry, 1.0), 1s);
    EXPECT_EQ(pause_after(4, retry, 1.0), 8s);
    EXPECT_EQ(pause_after(30, retry, 1.0), 60s);
    EXPECT_EQ(pause_after(4'000'000, retry, 1.0), 60s);
}

TEST(Backoff, SpreadsAttemptsAndNeverHammers) {
    const RetrySettings retry{.first = 1s, .factor = 2, .max = 60s, .budget = 24h};
    EXPECT_EQ(pause_after(4, retry, 0.5), 4s);
    EXPECT_EQ(pause_after(4, retry, 0.0), 800ms);
}

TEST(Backoff, WaitsAsThePeerAsksUpToTheMaximum) {
    const RetrySettings retry{.first = 1s, .factor = 2, .max = 60s, .budget = 24h};
    EXPECT_EQ(pause_after(4, retry, 1.0, 7s), 8s);
    EXPECT_EQ(pause_after(4, retry, 1.0, 30s), 30s);
    EXPECT_EQ(pause_after(4, retry, 1.0, 1h), 60s);
}

}  // namespace
}  // namespace gateway
