#include "gateway/flow/deliver/breaker.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};

class BreakerTest : public testing::Test {
protected:
    Breaker breaker_{BreakerSettings{.failures = 3, .pause = 10s}};

    void fail(int times, SteadyTime at) {
        for (int i = 0; i < times; ++i) {
            breaker_.unanswered(at);
        }
    }
};

TEST_F(BreakerTest, StaysClosedBelowItsNumber) {
    fail(2, start);
    EXPECT_EQ(breaker_.room(start, 8), 8U);
    EXPECT_EQ(breaker_.opens_until(start), std::nullopt);
}

TEST_F(BreakerTest, CountsOnlyWhatComesInARow) {
    fail(2, start);
    EXPECT_EQ(breaker_.answered(), Breaker::Change::none);
    fail(2, start);
    EXPECT_EQ(breaker_.state(start), Breaker::State::closed);
}

TEST_F(BreakerTest, OpensForAPauseInWhichNothingIsSent) {
    fail(2, start);
    EXPECT_EQ(breaker_.unanswered(start), Breaker::Change::opened);
    EXPECT_EQ(breaker_.room(start + 9s, 8), 0U);
    EXPECT_EQ(breaker_.opens_until(start + 9s), start + 10s);
}

// Those under way when it opened end one by one: they must not make the pause longer.
TEST_F(BreakerTest, KeepsItsPauseWhateverEndsMeanwhile) {
    fail(3, start);
    EXPECT_EQ(breaker_.unanswered(start + 9s), Breaker::Change::none);
    EXPECT_EQ(breaker_.opens_until(start + 9s), start + 10s);
}

TEST_F(BreakerTest, LetsOneProbeThroughAfterThePause) {
    fail(3, start);
    EXPECT_EQ(breaker_.state(start + 10s), Breaker::State::half_open);
    EXPECT_EQ(breaker_.room(start + 10s, 8), 1U);
}

TEST_F(BreakerTest, ClosesWithAnAnswerToTheProbe) {
    fail(3, start);
    EXPECT_EQ(breaker_.answered(), Breaker::Change::closed);
    EXPECT_EQ(breaker_.room(start + 10s, 8), 8U);
}

TEST_F(BreakerTest, OpensAgainAtOnceWhereTheProbeIsNotAnswered) {
    fail(3, start);
    EXPECT_EQ(breaker_.unanswered(start + 10s), Breaker::Change::none);
    EXPECT_EQ(breaker_.opens_until(start + 10s), start + 20s);
}

}  // namespace
}  // namespace gateway
