#include "gateway/flow/pipeline/lanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Lanes, RunOneKeyInOrder) {
    std::vector<int> seen;
    std::promise<void> done;
    Lanes lanes(4, 1000);
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(lanes.post("key",
                             [&, i](const LaneHold&) {
                                 seen.push_back(i);
                                 if (i == 199) {
                                     done.set_value();
                                 }
                             }),
                  Lanes::Posted::taken);
    }
    ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
    lanes.stop();
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
    }
}

TEST(Lanes, StayTakenUntilTheHoldIsDropped) {
    Lanes lanes(2, 10);
    std::promise<LaneHold> first;
    std::promise<void> second;
    lanes.post("key", [&](LaneHold hold) { first.set_value(std::move(hold)); });
    lanes.post("key", [&](const LaneHold&) { second.set_value(); });
    LaneHold hold = first.get_future().get();
    auto ran = second.get_future();
    EXPECT_EQ(ran.wait_for(50ms), std::future_status::timeout);
    hold.reset();
    EXPECT_EQ(ran.wait_for(10s), std::future_status::ready);
}

TEST(Lanes, TellSinceWhenAWorkerHasBeenBusy) {
    Lanes lanes(2, 10);
    EXPECT_FALSE(lanes.busy_since());
    std::promise<void> begun;
    std::promise<void> go_on;
    lanes.post("key", [&](const LaneHold&) {
        begun.set_value();
        go_on.get_future().wait();
    });
    begun.get_future().wait();
    EXPECT_TRUE(lanes.busy_since());
    go_on.set_value();
    lanes.stop();
    EXPECT_FALSE(lanes.busy_since());
}

TEST(Lanes, LetOtherKeysPass) {
    Lanes lanes(2, 10);
    std::promise<LaneHold> stuck;
    std::promise<void> other;
    lanes.post("one", [&](LaneHold hold) { stuck.set_value(std::move(hold)); });
    const LaneHold hold = stuck.get_future().get();
    lanes.post("two", [&](const LaneHold&) { other.set_value(); });
    EXPECT_EQ(other.get_future().wait_for(10s), std::future_status::ready);
}

TEST(Lanes, RefuseMoreThanTheirBound) {
    Lanes lanes(1, 1);
    std::promise<LaneHold> stuck;
    lanes.post("key", [&](LaneHold hold) { stuck.set_value(std::move(hold)); });
    const LaneHold hold = stuck.get_future().get();
    EXPECT_EQ(lanes.post("key", [](const LaneHold&) {}), Lanes::Posted::taken);
    EXPECT_EQ(lanes.post("key", [](const LaneHold&) {}), Lanes::Posted::full);
    lanes.stop();
    EXPECT_EQ(lanes.post("key", [](const LaneHold&) {}), Lanes::Posted::stopped);
}

}  // namespace
}  // namespace gateway
