#include "gateway/net/reactor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Reactor, RunsPostedTasksInOrderOnItsThread) {
    IoThreads io(1);
    std::vector<int> order;
    std::promise<std::thread::id> thread;
    for (int i = 0; i < 100; ++i) {
        io[0].post([&order, i] { order.push_back(i); });
    }
    io[0].post([&] { thread.set_value(std::this_thread::get_id()); });
    EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(Reactor, TakesPostsOfManyThreads) {
    IoThreads io(1);
    int count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < 1'000; ++j) {
                    io[0].post([&count] { ++count; });
                }
            });
        }
    }
    io[0].settle([&] { EXPECT_EQ(count, 4'000); });
}

TEST(Reactor, TellsSinceWhenItHasBeenBusy) {
    IoThreads io(1);
    std::promise<void> begun;
    std::promise<void> go_on;
    const SteadyTime before = std::chrono::steady_clock::now();
    io[0].post([&] {
        begun.set_value();
        go_on.get_future().wait();
    });
    begun.get_future().wait();
    const auto since = io[0].busy_since();
    const SteadyTime after = std::chrono::steady_clock::now();
    go_on.set_value();
    ASSERT_TRUE(since);
    EXPECT_GE(*since, before);
    EXPECT_LE(*since, after);
    io.stop();
    EXPECT_FALSE(io[0].busy_since());
}

TEST(Reactor, FiresTimersInTheOrderOfTheirTime) {
    IoThreads io(1);
    std::vector<int> order;
    std::promise<void> done;
    io[0].after(30ms, [&] {
        order.push_back(3);
        done.set_value();
    });
    io[0].after(10ms, [&] { order.push_back(1); });
    io[0].after(20ms, [&] { order.push_back(2); });
    done.get_future().get();
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Reactor, NeverFiresATimerForEver) {
    IoThreads io(1);
    std::promise<void> later;
    std::atomic<bool> fired = false;
    io[0].after(std::chrono::nanoseconds::max(), [&] { fired = true; });
    io[0].after(20ms, [&] { later.set_value(); });
    EXPECT_EQ(later.get_future().wait_for(10s), std::future_status::ready);
    EXPECT_FALSE(fired);
}

TEST(Reactor, DoesNotFireACancelledTimer) {
    IoThreads io(1);
    std::atomic<bool> fired = false;
    const TimerId timer = io[0].after(20ms, [&] { fired = true; });
    io[0].cancel(timer);
    std::promise<void> done;
    io[0].after(50ms, [&] { done.set_value(); });
    done.get_future().get();
    EXPECT_FALSE(fired);
}

TEST(Reactor, GoesOnAfterATaskThatThrows) {
    std::promise<std::string> fault;
    IoThreads io(1, [&](std::string_view what) { fault.set_value(std::string(what)); });
    io[0].post([] { throw std::runtime_error("broken"); });
    EXPECT_EQ(fault.get_future().get(), "broken");
    bool done = false;
    io[0].settle([&] { done = true; });
    EXPECT_TRUE(done);
}

TEST(Reactor, SettlesOnTheCallersThreadWhereItDoesNotRun) {
    Reactor reactor;
    bool done = false;
    reactor.settle([&] { done = true; });
    EXPECT_TRUE(done);
}

TEST(Reactor, DropsPostsAfterItsEnd) {
    auto reactor = std::make_unique<Reactor>();
    const auto mailbox = reactor->mailbox();
    reactor.reset();
    auto held = std::make_shared<int>(1);
    mailbox->post([held] { FAIL(); });
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Timers, ForgetsCancelledOnesWithoutGrowing) {
    Timers timers;
    const SteadyTime due = SteadyTime() + 1h;
    for (TimerId id = 1; id <= 10'000; ++id) {
        timers.add(id, due, [] {});
        timers.cancel(id);
    }
    EXPECT_EQ(timers.size(), 0U);
    EXPECT_FALSE(timers.next_due());
    EXPECT_FALSE(timers.take_due(due + 1h));
}

}  // namespace
}  // namespace gateway
