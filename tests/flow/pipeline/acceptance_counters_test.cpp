#include "gateway/flow/pipeline/acceptance_counters.h"

#include <gtest/gtest.h>

#include <thread>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(AcceptanceCounters, CountForEachPartner) {
    AcceptanceCounters counters;
    counters.count("gp", Acceptance::accepted, 2ms);
    counters.count("gp", Acceptance::accepted, 2ms);
    counters.count("gp", Acceptance::turned_away, 1s);
    counters.count("clinic", Acceptance::refused, 3ms);
    const auto reading = counters.reading();
    ASSERT_EQ(reading.size(), 2U);
    EXPECT_EQ(reading[0].partner, "clinic");
    EXPECT_EQ(reading[0].messages, (std::array<std::uint64_t, 5>{0, 0, 1, 0, 0}));
    EXPECT_EQ(reading[1].partner, "gp");
    EXPECT_EQ(reading[1].messages, (std::array<std::uint64_t, 5>{2, 0, 0, 0, 1}));
    EXPECT_EQ(reading[1].latency.count(), 3U);
    EXPECT_EQ(reading[1].latency.sum, 1004ms);
}

TEST(AcceptanceCounters, LoseNothingAmongThreads) {
    AcceptanceCounters counters;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < 500; ++j) {
                    counters.count(j % 2 == 0 ? "gp" : "clinic", Acceptance::accepted, 1ms);
                }
            });
        }
    }
    const auto reading = counters.reading();
    ASSERT_EQ(reading.size(), 2U);
    EXPECT_EQ(reading[0].messages[0], 1'000U);
    EXPECT_EQ(reading[1].messages[0], 1'000U);
}

}  // namespace
}  // namespace gateway
