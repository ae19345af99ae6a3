#include "gateway/flow/deliver/lane.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>

#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

// Answers the nth attempt with the nth of its results, later ones with the last.
class ScriptedTransport final : public Transport {
public:
    explicit ScriptedTransport(std::vector<AttemptResult> script) : script_(std::move(script)) {}

    void send(const Delivery& delivery, OnAttempt on_attempt) override {
        const std::lock_guard lock(mutex_);
        sent_.push_back(delivery.id + ":" + *delivery.bytes);
        const std::size_t turn = std::min(sent_.size(), script_.size()) - 1;
        on_attempt({script_[turn], "scripted"});
    }

    std::vector<std::string> sent() const {
        const std::lock_guard lock(mutex_);
        return sent_;
    }

private:
    std::vector<AttemptResult> script_;
    mutable std::mutex mutex_;  // guards sent_
    std::vector<std::string> sent_;
};

// The machine's, set by hand to another wall time.
class SetClock final : public Clock {
public:
    Instant now() const override { return system_.now() + offset_.load(); }

    SteadyTime steady() const override { return system_.steady(); }

    void set(std::chrono::microseconds offset) { offset_ = offset; }

private:
    SystemClock system_;
    std::atomic<std::chrono::microseconds> offset_{};
};

class DeliveryLaneTest : public testing::Test {
protected:
    DeliveryLaneTest() : folder_(new_folder()), log_(clock_, LogLevel::error), io_(1) {
        settings_.breaker.failures = 1000;  // tests of it set their own
        open();
    }

    ~DeliveryLaneTest() override {
        lane_.reset();
        store_->stop();
        io_.stop();
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    static std::string new_folder() {
        std::string path =
            (std::filesystem::temp_directory_path() / "painbridge-lane-XXXXXX").string();
        return mkdtemp(path.data()) != nullptr ? path : "";
    }

    void enqueue(const std::string& id, const std::string& order_key,
                 const std::string& referral = {}) {
        UnitOfWork unit;
        Message message;
        message.id = "message-" + id;
        message.sender.partner = "gp";
        message.bytes = std::make_shared<const std::string>("original");
        message.digest = sha256(*message.bytes);
        message.received = clock_.now();
        message.state = MessageState::queued;
        unit.add(AddMessage{message, OnDuplicate::fail});
        Delivery delivery;
        delivery.id = id;
        delivery.message = message.id;
        delivery.referral = referral;
        delivery.destination = "clinic";
        delivery.order_key = order_key;
        delivery.title = "test";
        delivery.bytes = std::make_shared<const std::string>("body of " + id);
        delivery.created = clock_.now();
        delivery.next_attempt = delivery.created;
        unit.add(AddDelivery{delivery});
        commit(std::move(unit));
    }

    void commit(UnitOfWork unit) {
        std::promise<Outcome> outcome;
        store_->submit(
            std::move(unit), [](const std::function<void()>& task) { task(); },
            [&](const Outcome& got) { outcome.set_value(got); });
        ASSERT_TRUE(std::holds_alternative<Committed>(outcome.get_future().get()));
    }

    ScriptedTransport& start(std::vector<AttemptResult> script, std::chrono::milliseconds budget) {
        auto transport = std::make_unique<ScriptedTransport>(std::move(script));
        ScriptedTransport& seen = *transport;
        settings_.destination = "clinic";
        settings_.retry = {.first = 10ms, .factor = 1.5, .max = 50ms, .budget = budget};
        lane_ = std::make_unique<DeliveryLane>(
            LaneParts{io_[0], *store_, clock_, log_, std::make_shared<const NameTable>()},
            settings_, std::move(transport));
        lane_->wake();
        return seen;
    }

    DeliveryState await(const std::string& id, DeliveryState wanted) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        DeliveryState state = store_->delivery(id)->state;
        while (state != wanted && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(2ms);
            state = store_->delivery(id)->state;
        }
        return state;
    }

    static bool await_until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!holds() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(2ms);
        }
        return holds();
    }

    bool await_count(DeliveryState state, std::size_t wanted) const {
        return await_until(
            [&] { return store_->deliveries_in(state, "clinic", 0, 1000).size() == wanted; });
    }

    bool await_attempts(std::size_t wanted) const {
        return await_until([&] { return store_->audit_after(0, 1000).size() == wanted; });
    }

    // What a bad disk does to some bytes, behind the store's back.
    void damage(const std::string& payload_of) {
        store_.reset();
        {
            sqlite::Connection connection(folder_ + "/store.db", sqlite::Access::read_write, {});
            connection.execute("UPDATE payload SET bytes = x'00' WHERE id IN (" + payload_of + ")");
        }
        open();
    }

    void open() {
        store_ = open_sqlite_store({.path = folder_ + "/store.db", .vfs = {}, .keys = keys_});
    }

    const std::shared_ptr<const KeyRing> keys_ =
        std::make_shared<const KeyRing>(std::vector<CipherKey>{CipherKey::random()});
    LaneSettings settings_;
    std::string folder_;
    SetClock clock_;
    Log log_;
    IoThreads io_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<DeliveryLane> lane_;
};

TEST_F(DeliveryLaneTest, DeliversOnceAndCallsTheMessageSent) {
    enqueue("a", "patient");
    const auto& transport = start({AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(store_->message("message-a")->state, MessageState::sent);
    EXPECT_EQ(transport.sent(), std::vector<std::string>{"a:body of a"});
    EXPECT_EQ(store_->audit_after(0, 10).size(), 1U);
}

TEST_F(DeliveryLaneTest, TriesAgainWithTheSameBytesUntilItIsTaken) {
    enqueue("a", "patient");
    const auto& transport =
        start({AttemptResult::try_again, AttemptResult::try_again, AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(transport.sent(),
              (std::vector<std::string>{"a:body of a", "a:body of a", "a:body of a"}));
    EXPECT_EQ(store_->delivery("a")->attempts, 3U);
}

// A process that died while it sent: nobody wakes the lane when its lease ends.
TEST_F(DeliveryLaneTest, TakesUpWhatADeadProcessHadLeased) {
    enqueue("a", "patient");
    UnitOfWork unit;
    unit.add(LeaseDelivery{"a", 0, clock_.now(), clock_.now() + 200ms});
    commit(std::move(unit));
    const auto& transport = start({AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(transport.sent(), std::vector<std::string>{"a:body of a"});
    EXPECT_EQ(store_->delivery("a")->attempts, 2U);
}

TEST_F(DeliveryLaneTest, NeverTakesARefusalForSuccess) {
    enqueue("a", "patient");
    start({AttemptResult::refused}, 1h);
    EXPECT_EQ(await("a", DeliveryState::quarantined), DeliveryState::quarantined);
    EXPECT_EQ(store_->message("message-a")->state, MessageState::quarantined);
}

TEST_F(DeliveryLaneTest, GivesUpWhenTheBudgetIsSpent) {
    enqueue("a", "patient");
    const auto& transport = start({AttemptResult::try_again}, 2s);
    EXPECT_EQ(await("a", DeliveryState::quarantined), DeliveryState::quarantined);
    EXPECT_GE(transport.sent().size(), 2U);
}

TEST_F(DeliveryLaneTest, QuarantinesWhatFailsInTheSameWaySoManyTimes) {
    settings_.quarantine.equal_failures = 3;
    enqueue("a", "patient");
    enqueue("b", "patient");
    const auto& transport =
        start({AttemptResult::failed, AttemptResult::try_again, AttemptResult::failed,
               AttemptResult::failed, AttemptResult::failed, AttemptResult::delivered},
              1h);
    EXPECT_EQ(await("b", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(store_->delivery("a")->state, DeliveryState::quarantined);
    EXPECT_EQ(transport.sent().size(), 6U) << "an attempt without an answer breaks the row";
    EXPECT_EQ(store_->message("message-a")->state, MessageState::quarantined);
    EXPECT_EQ(store_->audit_after(4, 1).front().outcome, "poison");
}

TEST_F(DeliveryLaneTest, HoldsLaterOnesOfAQuarantinedOneIfItsPolicySaysSo) {
    settings_.quarantine = {.equal_failures = 2, .later = LaterMessages::hold};
    enqueue("a", "patient");
    enqueue("b", "patient");
    enqueue("c", "another");
    start({AttemptResult::failed}, 1h);
    EXPECT_EQ(await("a", DeliveryState::quarantined), DeliveryState::quarantined);
    EXPECT_EQ(await("c", DeliveryState::quarantined), DeliveryState::quarantined);
    EXPECT_EQ(store_->delivery("b")->state, DeliveryState::pending);
    EXPECT_EQ(store_->delivery("b")->attempts, 0U);
}

TEST_F(DeliveryLaneTest, QuarantinesWhatIsDamagedInTheStoreAndSendsTheRest) {
    enqueue("a", "patient");
    enqueue("b", "patient");
    damage("SELECT payload FROM delivery WHERE id = 'a'");
    const auto& transport = start({AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("b", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(store_->delivery_record("a")->state, DeliveryState::quarantined);
    EXPECT_EQ(store_->delivery_record("a")->outcome, "not sent: the stored bytes are damaged");
    EXPECT_EQ(store_->message_state("message-a"), MessageState::quarantined);
    EXPECT_EQ(store_->audit_after(0, 1).front().outcome, "damaged");
    EXPECT_EQ(transport.sent(), std::vector<std::string>{"b:body of b"});
}

// What was sent must be recorded, or it is sent again with every lease.
TEST_F(DeliveryLaneTest, RecordsADeliveryWhoseOriginalMessageIsDamaged) {
    enqueue("a", "patient");
    damage("SELECT payload FROM message");
    const auto& transport = start({AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(store_->message_state("message-a"), MessageState::sent);
    EXPECT_EQ(transport.sent().size(), 1U);
}

TEST_F(DeliveryLaneTest, RecordsADeliveryWhoseTaskIsDamaged) {
    enqueue("a", "patient", "referral");
    UnitOfWork unit;
    ResourceVersion task;
    task.type = "Task";
    task.id = "task";
    task.bytes = std::make_shared<const std::string>("{}");
    unit.add(PutResource{task, 0});
    Referral referral;
    referral.id = "referral";
    referral.task = task.id;
    referral.destination = "clinic";
    referral.message = "message-a";
    referral.status = TaskStatus::requested;
    unit.add(PutReferral{referral, 0});
    commit(std::move(unit));
    damage("SELECT payload FROM resource");
    const auto& transport = start({AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(transport.sent().size(), 1U);
    EXPECT_EQ(store_->referral_of_task("task")->status, TaskStatus::requested);
}

TEST_F(DeliveryLaneTest, ProbesADestinationThatDoesNotAnswerAndThenSendsTheRest) {
    settings_.breaker = {.failures = 2, .pause = 50ms};
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        enqueue(id, id);
    }
    settings_.in_flight_max = 1;
    const auto& transport = start({AttemptResult::try_again, AttemptResult::try_again,
                                   AttemptResult::try_again, AttemptResult::delivered},
                                  1h);
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        EXPECT_EQ(await(id, DeliveryState::delivered), DeliveryState::delivered);
    }
    EXPECT_EQ(transport.sent().size(), 8U) << "three without an answer, five with one";
}

// Neither what waits for its next attempt nor a breaker's pause may last for the time set back.
TEST_F(DeliveryLaneTest, GoesOnWhenTheWallClockIsSetBack) {
    settings_.breaker = {.failures = 1, .pause = 50ms};
    settings_.lease = 100ms;
    enqueue("a", "a");
    start({AttemptResult::failed, AttemptResult::try_again, AttemptResult::delivered}, 48h);
    EXPECT_TRUE(await_attempts(1));
    clock_.set(-24h);
    lane_->wake();
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
}

TEST_F(DeliveryLaneTest, SendsNothingWhileItsBreakerIsOpen) {
    settings_.breaker = {.failures = 2, .pause = 1h};
    settings_.in_flight_max = 1;
    for (const char* id : {"a", "b", "c"}) {
        enqueue(id, id);
    }
    const auto& transport = start({AttemptResult::try_again}, 1h);
    EXPECT_TRUE(await_attempts(2));
    lane_->wake();
    io_[0].settle([] {});
    lane_->wake();
    io_[0].settle([] {});
    EXPECT_EQ(transport.sent().size(), 2U);
    EXPECT_EQ(store_->delivery("c")->attempts, 0U);
}

TEST_F(DeliveryLaneTest, KeepsTheOrderOfOnePatient) {
    for (const char* id : {"a", "b", "c"}) {
        enqueue(id, "patient");
    }
    const auto& transport = start({AttemptResult::try_again, AttemptResult::delivered}, 1h);
    EXPECT_EQ(await("c", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(transport.sent(), (std::vector<std::string>{"a:body of a", "a:body of a",
                                                          "b:body of b", "c:body of c"}));
}

// Keeps what it is given until told to answer; says when it is destroyed.
class HeldTransport final : public Transport {
public:
    HeldTransport(std::promise<OnAttempt>& asked, std::promise<void>& gone)
        : asked_(asked), gone_(gone) {}

    ~HeldTransport() override { gone_.set_value(); }

    HeldTransport(const HeldTransport&) = delete;
    HeldTransport& operator=(const HeldTransport&) = delete;

    void send(const Delivery&, OnAttempt on_attempt) override {
        asked_.set_value(std::move(on_attempt));
    }

private:
    std::promise<OnAttempt>& asked_;
    std::promise<void>& gone_;
};

TEST_F(DeliveryLaneTest, EndsAnAttemptOnTheOldWayAndSendsTheNextOnTheNew) {
    enqueue("a", "patient");
    enqueue("b", "patient");
    std::promise<Transport::OnAttempt> asked;
    std::promise<void> gone;
    LaneSettings settings;
    settings.destination = "clinic";
    settings.in_flight_max = 1;
    lane_ = std::make_unique<DeliveryLane>(
        LaneParts{io_[0], *store_, clock_, log_, std::make_shared<const NameTable>()}, settings,
        std::make_unique<HeldTransport>(asked, gone));
    lane_->wake();
    const auto answer = asked.get_future().get();

    auto next = std::make_unique<ScriptedTransport>(std::vector{AttemptResult::delivered});
    const ScriptedTransport& seen = *next;
    lane_->change(settings, std::move(next));
    auto is_gone = gone.get_future();
    io_[0].settle([] {});
    EXPECT_EQ(is_gone.wait_for(0s), std::future_status::timeout) << "cut under its attempt";
    EXPECT_TRUE(seen.sent().empty());

    io_[0].post([&] { answer({AttemptResult::delivered, "held"}); });
    EXPECT_EQ(await("a", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(await("b", DeliveryState::delivered), DeliveryState::delivered);
    EXPECT_EQ(seen.sent(), std::vector<std::string>{"b:body of b"});
    EXPECT_EQ(is_gone.wait_for(5s), std::future_status::ready) << "the old way stays for ever";
}

// Answers so many and keeps the next one waiting for ever.
class StallingTransport final : public Transport {
public:
    explicit StallingTransport(std::size_t answers) : answers_(answers) {}

    void send(const Delivery&, OnAttempt on_attempt) override {
        if (answers_ == 0) {
            return;
        }
        --answers_;
        on_attempt({AttemptResult::delivered, "scripted"});
    }

private:
    std::size_t answers_;
};

TEST_F(DeliveryLaneTest, GivesBackWhatItClaimedAheadWhenItsBreakerOpens) {
    settings_.breaker = {.failures = 1, .pause = 1h};
    settings_.in_flight_max = 1;
    constexpr std::size_t all = 40;
    for (std::size_t i = 0; i < all; ++i) {
        enqueue("d" + std::to_string(i), "");
    }
    const auto& transport =
        start({AttemptResult::delivered, AttemptResult::delivered, AttemptResult::try_again}, 1h);
    EXPECT_TRUE(await_attempts(3));
    EXPECT_TRUE(await_count(DeliveryState::pending, all - 2)) << "some stay leased";
    EXPECT_EQ(transport.sent().size(), 3U);
}

TEST_F(DeliveryLaneTest, GivesBackWhatItClaimedAheadWhenItStops) {
    settings_.destination = "clinic";
    settings_.in_flight_max = 1;
    constexpr std::size_t all = 40;
    for (std::size_t i = 0; i < all; ++i) {
        enqueue("d" + std::to_string(i), "");
    }
    lane_ = std::make_unique<DeliveryLane>(
        LaneParts{io_[0], *store_, clock_, log_, std::make_shared<const NameTable>()}, settings_,
        std::make_unique<StallingTransport>(2));
    lane_->wake();
    EXPECT_TRUE(await_count(DeliveryState::leased, all - 2)) << "nothing is claimed ahead";
    lane_->stop();
    EXPECT_TRUE(await_count(DeliveryState::leased, 1)) << "only the one on its way stays";
}

}  // namespace
}  // namespace gateway
