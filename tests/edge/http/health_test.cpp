#include "gateway/edge/http/health.h"

#include <gtest/gtest.h>

#include "gateway/base/loop_turn.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/faulty_disk.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

class StandingClock final : public Clock {
public:
    Instant now() const override { return Instant(1h); }

    SteadyTime steady() const override { return steady_; }

    void advance(std::chrono::seconds by) { steady_ += by; }

private:
    SteadyTime steady_{1h};
};

std::vector<std::string> texts(const Issues& issues) {
    std::vector<std::string> all;
    for (const Issue& issue : issues) {
        all.push_back(issue.text);
    }
    return all;
}

using Texts = std::vector<std::string>;

class HealthTest : public testing::Test {
protected:
    HealthTest()
        : store_(open_sqlite_store({.path = (folder_.path() / "store.db").string(),
                                    .vfs = disk_.name(),
                                    .keys = test::keys_of("a")})) {}

    void break_store() {
        disk_.fail(test::DiskFault::sync_fails);
        const Outcome outcome =
            test::outcome_of(*store_, AddMessage{test::message_named("a"), OnDuplicate::fail});
        ASSERT_TRUE(std::holds_alternative<Unavailable>(outcome));
    }

    StandingClock clock_;
    test::FaultyDisk disk_;
    test::TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
    LoopTurn turn_;
    std::atomic<std::uint64_t> used_ = 100;
    DiskRoom room_{[this] {
                       return DiskSpace{used_, 1'000 - used_};
                   },
                   {.low_percent = 80, .full_percent = 90},
                   [](DiskLevel, const DiskSpace&) {}};
    Health health_{clock_, *store_, room_, {{"a loop", [this] { return turn_.since(); }}}};
};

TEST_F(HealthTest, IsReadyOnlyBetweenStartAndStop) {
    EXPECT_EQ(texts(health_.faults_of_readiness()),
              Texts{"the gateway is starting: not all its listeners are open yet"});
    health_.enter(Health::Stage::serving);
    EXPECT_EQ(texts(health_.faults_of_readiness()), Texts{});
    health_.enter(Health::Stage::stopping);
    EXPECT_EQ(texts(health_.faults_of_readiness()), Texts{"the gateway is stopping"});
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
}

TEST_F(HealthTest, IsNotReadyOnceTheStoreHasFailed) {
    health_.enter(Health::Stage::serving);
    break_store();
    EXPECT_EQ(
        texts(health_.faults_of_readiness()),
        Texts{"the store takes no messages until the gateway is restarted; the log says why"});
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
}

TEST_F(HealthTest, IsNotReadyWhileTheDiskIsFull) {
    health_.enter(Health::Stage::serving);
    used_ = 899;
    room_.look();
    EXPECT_EQ(texts(health_.faults_of_readiness()), Texts{});
    used_ = 905;
    room_.look();
    EXPECT_EQ(texts(health_.faults_of_readiness()),
              Texts{"the disk under the store is 90.5 % full, 0 MiB are left"});
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
    used_ = 100;
    room_.look();
    EXPECT_EQ(texts(health_.faults_of_readiness()), Texts{});
}

TEST_F(HealthTest, DoesNotLiveWhileALoopStandsStill) {
    health_.enter(Health::Stage::serving);
    turn_.begin(clock_.steady());
    clock_.advance(WatchedLoop{}.turn_max);
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
    clock_.advance(5s);
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{"a loop has stood still for 35 s"});
    EXPECT_EQ(texts(health_.faults_of_readiness()), Texts{"a loop has stood still for 35 s"});
    turn_.end();
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
}

TEST_F(HealthTest, TakesALongWaitForWorkForLife) {
    clock_.advance(1h);
    EXPECT_EQ(texts(health_.faults_of_life()), Texts{});
    EXPECT_FALSE(store_->busy_since());
}

}  // namespace
}  // namespace gateway
