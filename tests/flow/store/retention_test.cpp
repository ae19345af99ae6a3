// What is over is unreadable for everybody, what is needed stays: on every backend. And in SQLite's
// files nothing is left of the key.
#include "gateway/flow/store/retention.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const std::string> bytes() {
    return std::make_shared<const std::string>("bytes");
}

// With its answer, a delivery and a resource; nothing of it is done.
UnitOfWork referral_message(const std::string& id) {
    UnitOfWork unit;
    Message message = message_named(id);
    message.state = MessageState::queued;
    unit.add(AddMessage{message});
    unit.add(PutResource{{"Patient", "p-" + id, 0, id, "", bytes(), at_second(10)}});
    unit.add(AddDelivery{delivery_named("d-" + id, id, "key-" + id)});
    unit.add(AddAnswer{{id, "application/hl7-v2", "AA", bytes(), at_second(10)}});
    unit.add(AddTrace{{id, "referral-" + id, at_second(10), "accepted", "", {}}});
    unit.add(PutReferral{{"referral-" + id, "task-" + id, 0, "token", "gp", "clinic", id,
                          TaskStatus::requested, "", at_second(10), at_second(10)}});
    unit.add(AddAudit{audit_of(id)});
    return unit;
}

class StoredRetention : public StoreTest {
protected:
    void deliver(const std::string& id) {
        const std::uint64_t held = lease("d-" + id);
        commit(store(), FinishDelivery{"d-" + id, held, DeliveryState::delivered, "200"});
        commit(store(), SetMessageState{id, MessageState::queued, MessageState::sent});
    }

    void close(const std::string& id) {
        Referral referral = store().referrals("referral-" + id).at(0);
        referral.status = TaskStatus::completed;
        commit(store(), PutReferral{referral, referral.version});
    }

    void add_done(const std::string& id) {
        commit(store(), referral_message(id));
        deliver(id);
        close(id);
    }

    std::vector<std::string> expired(std::int64_t before_second = 100) {
        std::vector<std::string> ids;
        for (const ExpiredMessage& message :
             store().expired_messages(at_second(before_second), {}, 10)) {
            ids.push_back(message.id);
        }
        return ids;
    }

    void expect_gone(const std::function<void()>& look) {
        try {
            look();
            ADD_FAILURE() << "read";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.category(), Category::not_found);
            EXPECT_THAT(failure.internal(), HasSubstr("store.retention"));
        }
    }
};

}  // namespace

TEST_P(StoredRetention, IsForWhatIsOldAndDone) {
    add_done("m1");
    add_done("m2");
    EXPECT_THAT(expired(), ElementsAre("m1", "m2"));
    EXPECT_THAT(expired(10), IsEmpty());
    const auto first = store().expired_messages(at_second(100), {}, 1);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(store().expired_messages(at_second(100), first.front(), 10).at(0).id, "m2");
}

TEST_P(StoredRetention, SparesWhatIsNotDelivered) {
    commit(store(), referral_message("m1"));
    close("m1");
    commit(store(), SetMessageState{"m1", MessageState::queued, MessageState::sent});
    EXPECT_THAT(expired(), IsEmpty());
    EXPECT_EQ(refusal_of(store(), DestroyPayloadKeys{"m1", at_second(100)}).precondition,
              Precondition::state);
    const std::uint64_t held = lease("d-m1");
    commit(store(), FinishDelivery{"d-m1", held, DeliveryState::quarantined, "400"});
    EXPECT_THAT(expired(), IsEmpty());
    EXPECT_TRUE(store().message("m1"));
}

TEST_P(StoredRetention, SparesWhatBelongsToAnOpenReferral) {
    commit(store(), referral_message("m1"));
    deliver("m1");
    EXPECT_THAT(expired(), IsEmpty());
    EXPECT_EQ(refusal_of(store(), DestroyPayloadKeys{"m1", at_second(100)}).precondition,
              Precondition::state);
    close("m1");
    EXPECT_THAT(expired(), ElementsAre("m1"));
}

// Every state of a message, of a delivery and of a referral: only what is over is on the list, and
// the writer says no to the rest.
TEST_P(StoredRetention, KnowsWhatIsOverByEveryState) {
    const auto check = [&](const std::string& id, bool is_over, std::string_view what) {
        const auto ids = expired();
        EXPECT_EQ(std::ranges::find(ids, id) != ids.end(), is_over) << what;
        UnitOfWork unit;
        unit.add(DestroyPayloadKeys{id, at_second(100)});
        EXPECT_EQ(std::holds_alternative<Committed>(outcome_of(store(), std::move(unit))), is_over)
            << what;
    };
    int count = 0;
    for (const MessageState state :
         {MessageState::received, MessageState::filtered, MessageState::transformed,
          MessageState::queued, MessageState::sent, MessageState::error,
          MessageState::quarantined}) {
        Message message = message_named("state-" + std::to_string(count++));
        message.state = state;
        commit(store(), AddMessage{message});
        check(message.id,
              state == MessageState::filtered || state == MessageState::sent ||
                  state == MessageState::error,
              to_string(state));
    }
    for (const DeliveryState state : {DeliveryState::pending, DeliveryState::leased,
                                      DeliveryState::held, DeliveryState::quarantined}) {
        const std::string id = "delivery-" + std::to_string(count++);
        commit(store(), referral_message(id));
        close(id);
        if (state != DeliveryState::pending) {
            const std::uint64_t held = lease("d-" + id);
            if (state != DeliveryState::leased) {
                commit(store(), FinishDelivery{"d-" + id, held, state, "400"});
            }
        }
        commit(store(), SetMessageState{id, MessageState::queued, MessageState::sent});
        check(id, false, to_string(state));
    }
    for (const TaskStatus status :
         {TaskStatus::requested, TaskStatus::received, TaskStatus::accepted, TaskStatus::rejected,
          TaskStatus::cancelled, TaskStatus::in_progress, TaskStatus::on_hold,
          TaskStatus::completed, TaskStatus::failed, TaskStatus::entered_in_error}) {
        const std::string id = "task-" + std::to_string(count++);
        commit(store(), referral_message(id));
        deliver(id);
        Referral referral = store().referrals("referral-" + id).at(0);
        referral.status = status;
        commit(store(), PutReferral{referral, referral.version});
        check(id,
              status == TaskStatus::rejected || status == TaskStatus::cancelled ||
                  status == TaskStatus::completed || status == TaskStatus::failed ||
                  status == TaskStatus::entered_in_error,
              to_string(status));
    }
}

TEST_P(StoredRetention, DestroysOnce) {
    add_done("m1");
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    EXPECT_EQ(refusal_of(store(), DestroyPayloadKeys{"m1", at_second(101)}).precondition,
              Precondition::state);
    restart();
    EXPECT_EQ(refusal_of(store(), DestroyPayloadKeys{"m1", at_second(101)}).precondition,
              Precondition::state);
}

// The digest stays, so that a repeat is still known as one.
TEST_P(StoredRetention, StillKnowsARepeat) {
    commit(store(), referral_message("m1"));
    const auto before = store().duplicate("gp", message_named("m1").duplicate_key, at_second(20));
    ASSERT_TRUE(before && before->answer);
    EXPECT_FALSE(before->is_destroyed);
    deliver("m1");
    close("m1");
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    const auto after = store().duplicate("gp", message_named("m1").duplicate_key, at_second(20));
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->is_destroyed);
    EXPECT_FALSE(after->answer);
    EXPECT_EQ(after->digest, before->digest);
}

TEST_P(StoredRetention, LeavesNothingToRead) {
    add_done("m1");
    add_done("m2");
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    restart();
    expect_gone([&] { store().message("m1"); });
    expect_gone([&] { store().answer("m1"); });
    expect_gone([&] { store().delivery("d-m1"); });
    // Records, states and what outlives the message stay.
    EXPECT_EQ(store().message_state("m1"), MessageState::sent);
    EXPECT_EQ(store().delivery_record("d-m1")->state, DeliveryState::delivered);
    EXPECT_TRUE(store().delivery_record("d-m1")->is_destroyed);
    EXPECT_FALSE(store().delivery_record("d-m2")->is_destroyed);
    EXPECT_EQ(store().trace("m1").size(), 1U);
    EXPECT_EQ(*store().resource("Patient", "p-m1")->bytes, "bytes");
    EXPECT_TRUE(store().message("m2"));
    EXPECT_THAT(expired(), ElementsAre("m2"));
}

TEST_P(StoredRetention, IsNoFaultOfTheStore) {
    add_done("m1");
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    const StoreReport report = inspect();
    EXPECT_EQ(report.fault.value_or("none"), "none");
    EXPECT_EQ(report.counts.payloads_destroyed, 3U);
    EXPECT_EQ(report.counts.payloads_opened, 1U);
    ASSERT_EQ(report.keys.size(), 1U);
    EXPECT_EQ(report.keys.front().data_keys, 1U);
}

TEST_P(StoredRetention, SendsNothingAgain) {
    add_done("m1");
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    const auto refusal = refusal_of(store(), MoveDelivery{"d-m1", DeliveryState::delivered,
                                                          DeliveryState::pending, at_second(100)});
    EXPECT_EQ(refusal.precondition, Precondition::content);
    EXPECT_THAT(refusal.found, HasSubstr("store.retention"));
}

TEST_P(StoredRetention, IsNotUndoneByAnotherMasterKey) {
    add_done("m1");
    const auto before = store().data_keys_after(0, 10);
    commit(store(), DestroyPayloadKeys{"m1", at_second(100)});
    for (const StoredPayloadKey& key : before) {
        commit(store(), RewrapPayloadKey{key.id, key.wrapped, key.wrapped});
    }
    expect_gone([&] { store().message("m1"); });
    for (const StoredPayloadKey& key : store().data_keys_after(0, 10)) {
        EXPECT_EQ(keys_of("ba")->rewrap(key.wrapped).has_value(),
                  !KeyRing::is_destroyed(key.wrapped));
    }
}

// Two walks, as of two gateways: who comes second finds nothing to do.
TEST_P(StoredRetention, WalksAllThatIsOverWithARecordForEach) {
    constexpr int count = 70;  // more than two pages
    for (int i = 0; i < count; ++i) {
        add_done("m" + std::to_string(i));
    }
    commit(store(), referral_message("open"));
    const SystemClock clock;
    Log log(clock, LogLevel::error);
    std::mutex mutex;
    std::deque<std::function<void()>> tasks;
    const auto executor = [&](std::function<void()> task) {
        const std::lock_guard lock(mutex);
        tasks.push_back(std::move(task));
    };
    Retention one({store(), clock, log}, std::chrono::hours(1), executor);
    Retention other({store(), clock, log}, std::chrono::hours(1), executor);
    Retention for_ever({store(), clock, log}, std::nullopt, executor);
    for_ever.run();
    EXPECT_TRUE(tasks.empty());
    one.run();
    one.run();  // does nothing while one is under way
    other.run();
    while (one.is_running() || other.is_running()) {
        std::function<void()> task;
        {
            const std::lock_guard lock(mutex);
            if (!tasks.empty()) {
                task = std::move(tasks.front());
                tasks.pop_front();
            }
        }
        if (task) {
            task();
        } else {
            std::this_thread::yield();
        }
    }
    EXPECT_EQ(one.destroyed() + other.destroyed(), std::uint64_t{count});
    EXPECT_THAT(expired(), IsEmpty());
    EXPECT_TRUE(store().message("open"));
    const auto is_of_retention = [](const AuditRecord& record) {
        return record.outcome == "keys_destroyed";
    };
    EXPECT_EQ(std::ranges::count_if(store().audit_after(0, 1000), is_of_retention), count);
    const Trace trace = store().trace("m7");
    ASSERT_EQ(trace.size(), 2U);
    EXPECT_EQ(trace.back().stage, "destroyed");
    EXPECT_THAT(trace.back().text, HasSubstr("store.retention"));
}

GATEWAY_ON_EVERY_BACKEND(StoredRetention);

// The wrapped keys themselves, looked for byte by byte.
TEST(SqliteRetention, LeavesNothingOfTheKeyInAnyFile) {
    const TemporaryFolder folder;
    SqliteOptions options;
    options.path = folder.path() / "store.db";
    options.keys = keys_of("a");
    const auto files_with = [&](const std::string& text) {
        std::vector<std::string> names;
        for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
            if (read_file(file.path().string()).find(text) != std::string::npos) {
                names.push_back(file.path().filename());
            }
        }
        return names;
    };
    const auto store = open_sqlite_store(options);
    // Enough for several pages of keys, that move about while the table grows.
    for (int i = 0; i < 300; ++i) {
        Message message = message_named("m" + std::to_string(i));
        message.state = MessageState::sent;
        commit(*store, AddMessage{message});
    }
    const auto keys = store->data_keys_after(0, 1000);
    ASSERT_EQ(keys.size(), 300U);
    ASSERT_THAT(files_with(keys.front().wrapped), testing::Not(IsEmpty()));
    for (int i = 0; i < 300; i += 2) {
        commit(*store, DestroyPayloadKeys{"m" + std::to_string(i), at_second(100)});
    }
    // The log is cut off at the writer's next rest.
    const std::uint64_t before = store->counters().checkpoints;
    while (std::filesystem::file_size(options.path + "-wal") > 0) {
        ASSERT_LT(store->counters().checkpoints, before + 1000);
        std::this_thread::yield();
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i % 2 == 0) {
            ASSERT_THAT(files_with(keys[i].wrapped), IsEmpty()) << i;
        }
    }
    ASSERT_THAT(files_with(keys[1].wrapped), ElementsAre("store.db"));
}

}  // namespace gateway::test
