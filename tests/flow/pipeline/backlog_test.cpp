#include "gateway/flow/pipeline/backlog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

class StandingClock final : public Clock {
public:
    Instant now() const override { return test::at_second(100); }

    SteadyTime steady() const override { return steady_.load(); }

    void advance(std::chrono::seconds by) { steady_ = steady_.load() + by; }

private:
    std::atomic<SteadyTime> steady_ = SteadyTime(1h);
};

class BacklogTest : public testing::Test {
protected:
    void enqueue(const std::string& id) {
        UnitOfWork unit;
        unit.add(AddMessage{test::message_named("message-" + id), OnDuplicate::fail});
        unit.add(AddDelivery{test::delivery_named(id, "message-" + id)});
        test::commit(*store_, std::move(unit));
    }

    // Until `go_on_` is set the one worker does nothing else.
    void occupy_worker() {
        lanes_.post("busy", [this](const LaneHold&) {
            begun_.set_value();
            go_on_.get_future().wait();
        });
        begun_.get_future().wait();
    }

    // After whatever the one worker was asked before.
    std::shared_ptr<const BacklogReading> settled() {
        std::promise<void> done;
        lanes_.post("after", [&](const LaneHold&) { done.set_value(); });
        done.get_future().wait();
        return backlog_.latest();
    }

    test::TemporaryFolder folder_;
    std::promise<void> begun_;
    std::promise<void> go_on_;
    StandingClock clock_;
    Log log_{clock_, LogLevel::error};
    std::unique_ptr<Store> store_ = open_sqlite_store(
        {.path = (folder_.path() / "store.db").string(), .vfs = {}, .keys = test::keys_of("a")});
    Lanes lanes_{1, 10};
    Backlog backlog_{*store_, clock_, log_, lanes_};
};

TEST_F(BacklogTest, IsCountedByAWorkerOnceItIsTime) {
    enqueue("a");
    EXPECT_EQ(backlog_.latest(), nullptr);
    backlog_.refresh();
    const auto first = settled();
    ASSERT_TRUE(first);
    ASSERT_EQ(first->deliveries.size(), 1U);
    EXPECT_EQ(first->deliveries[0].count, 1U);
    EXPECT_EQ(first->at, clock_.steady());

    enqueue("b");
    backlog_.refresh();
    EXPECT_EQ(settled(), first);
    clock_.advance(2s);
    backlog_.refresh();
    const auto second = settled();
    EXPECT_EQ(second->deliveries.at(0).count, 2U);
}

TEST_F(BacklogTest, IsAskedForOnceAtATime) {
    occupy_worker();
    for (int i = 0; i < 20; ++i) {
        backlog_.refresh();
    }
    EXPECT_EQ(lanes_.waiting(), 1U);
    go_on_.set_value();
    EXPECT_TRUE(settled());
}

TEST_F(BacklogTest, IsAskedForAgainAfterTheWorkersWereFull) {
    occupy_worker();
    for (int i = 0; i < 10; ++i) {
        lanes_.post("filler", [](const LaneHold&) {});
    }
    backlog_.refresh();
    EXPECT_EQ(lanes_.waiting(), 10U);
    go_on_.set_value();
    while (lanes_.waiting() > 0) {
        std::this_thread::yield();
    }
    backlog_.refresh();
    EXPECT_TRUE(settled());
}

}  // namespace
}  // namespace gateway
