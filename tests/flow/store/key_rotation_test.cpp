#include "gateway/flow/store/key_rotation.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// The thread of the executor, by hand: the test runs one task after the other.
class Tasks {
public:
    Executor executor() {
        return [this](std::function<void()> task) {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(task));
            added_.notify_one();
        };
    }

    bool empty() const {
        const std::lock_guard lock(mutex_);
        return waiting_.empty();
    }

    // Waits for the next and runs it; false if none comes.
    bool run_one() {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            if (!added_.wait_for(lock, 10s, [this] { return !waiting_.empty(); })) {
                return false;
            }
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
        return true;
    }

private:
    mutable std::mutex mutex_;  // guards waiting_
    std::condition_variable added_;
    std::deque<std::function<void()>> waiting_;
};

class KeyRotationTest : public ::testing::Test {
protected:
    std::string path() const { return folder_.path() / "store.db"; }

    std::string log_file() const { return folder_.path() / "log"; }

    std::string log_text() const { return read_file(log_file()); }

    std::unique_ptr<Store> open(std::string_view letters) const {
        SqliteOptions options;
        options.path = path();
        options.keys = keys_of(letters);
        return open_sqlite_store(options);
    }

    void fill(int messages) {
        const auto store = open("a");
        for (int i = 0; i < messages; ++i) {
            commit(*store, AddMessage{message_named("m" + std::to_string(i))});
        }
        messages_ = messages;
    }

    // Until the log tells the end; `between` runs before each step.
    void rotate(
        Store& store, std::string_view letters, const std::function<void()>& between = [] {}) {
        Log log(clock_, LogLevel::info, log_file());
        Tasks tasks;
        KeyRotation rotation(store, keys_of(letters), clock_, log, tasks.executor());
        rotation.start();
        while (log_text().find("store.keys_rotated") == std::string::npos &&
               log_text().find("store.key_rotation_incomplete") == std::string::npos) {
            between();
            ASSERT_TRUE(tasks.run_one()) << log_text();
        }
        EXPECT_TRUE(tasks.empty());
    }

    void expect_all_readable(const StoreReads& store) const {
        for (int i = 0; i < messages_; ++i) {
            const std::string id = "m" + std::to_string(i);
            ASSERT_TRUE(store.message(id)) << id;
            EXPECT_EQ(*store.message(id)->bytes, *message_named(id).bytes);
        }
    }

    SystemClock clock_;
    int messages_ = 0;

private:
    TemporaryFolder folder_;
};

}  // namespace

TEST_F(KeyRotationTest, MakesTheOlderKeyNeedless) {
    fill(150);
    {
        const auto store = open("ba");
        rotate(*store, "ba");
        EXPECT_EQ(store->master_keys(), std::vector<std::string>{keys_of("b")->current()});
        expect_all_readable(*store);
        const AuditRecord last = store->audit_after(0, 10).back();
        EXPECT_EQ(last.action, AuditAction::operate);
        EXPECT_EQ(last.outcome, "keys_rotated");
    }
    EXPECT_THAT(log_text(), HasSubstr("\"rewrapped\":150"));
    expect_all_readable(*open("b"));
    EXPECT_THROW(open("a"), Failure);
}

TEST_F(KeyRotationTest, TakesANewKeyWhileTheStoreRuns) {
    fill(150);
    {
        const auto store = open("a");
        Log log(clock_, LogLevel::info, log_file());
        Tasks tasks;
        KeyRotation rotation(*store, keys_of("a"), clock_, log, tasks.executor());
        rotation.start();
        EXPECT_TRUE(tasks.empty());
        rotation.change_to(keys_of("ba"));
        while (log_text().find("store.keys_rotated") == std::string::npos) {
            commit(*store, AddMessage{message_named("m" + std::to_string(messages_++))});
            ASSERT_TRUE(tasks.run_one()) << log_text();
            expect_all_readable(*store);
        }
        EXPECT_FALSE(rotation.is_running());
        EXPECT_GE(rotation.rewrapped(), 150U);
        const auto uses = store->master_key_uses();
        ASSERT_EQ(uses.size(), 1U);
        EXPECT_EQ(uses.front().id, keys_of("b")->current());
        EXPECT_EQ(uses.front().data_keys, static_cast<std::uint64_t>(messages_));
        EXPECT_EQ(store->master_keys(), std::vector<std::string>{keys_of("b")->current()});
        std::vector<std::string> acts;
        for (const AuditRecord& record : store->audit_after(0, 10)) {
            acts.push_back(record.outcome);
        }
        EXPECT_EQ(acts, (std::vector<std::string>{"master_key_changed", "keys_rotated"}));
        // The older key leaves.
        rotation.change_to(keys_of("b"));
        ASSERT_TRUE(tasks.run_one());
        ASSERT_TRUE(tasks.run_one());
        expect_all_readable(*store);
    }
    expect_all_readable(*open("b"));
}

TEST_F(KeyRotationTest, LeavesNothingUnderTheFormerKeyHoweverManySendersThereAre) {
    constexpr int senders = 4;
    constexpr int each = 200;
    {
        const auto store = open("a");
        Log log(clock_, LogLevel::info, log_file());
        Tasks tasks;
        KeyRotation rotation(*store, keys_of("a"), clock_, log, tasks.executor());
        std::vector<std::thread> threads;
        for (int sender = 0; sender < senders; ++sender) {
            threads.emplace_back([&, sender] {
                for (int i = 0; i < each; ++i) {
                    commit(*store,
                           AddMessage{message_named("m" + std::to_string(sender * each + i))});
                }
            });
        }
        for (const std::string letters : {"ba", "cba", "dcba"}) {
            rotation.change_to(keys_of(letters));
            ASSERT_TRUE(tasks.run_one());  // the ring goes to the store
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        while (log_text().find(keys_of("d")->current(), log_text().find("store.keys_rotated")) ==
               std::string::npos) {
            ASSERT_TRUE(tasks.run_one()) << log_text();
        }
        const auto uses = store->master_key_uses();
        ASSERT_EQ(uses.size(), 1U);
        EXPECT_EQ(uses.front().id, keys_of("d")->current());
        EXPECT_EQ(uses.front().data_keys, std::uint64_t{senders * each});
    }
    messages_ = senders * each;
    expect_all_readable(*open("d"));
}

TEST_F(KeyRotationTest, GoesOnBesideTraffic) {
    fill(150);
    {
        const auto store = open("ba");
        rotate(*store, "ba", [&] {
            commit(*store, AddMessage{message_named("m" + std::to_string(messages_++))});
            expect_all_readable(*store);
        });
    }
    EXPECT_GT(messages_, 152);
    expect_all_readable(*open("b"));
}

TEST_F(KeyRotationTest, GoesOnWhereItWasStopped) {
    fill(150);
    {
        const auto store = open("ba");
        Log log(clock_, LogLevel::info, log_file());
        Tasks tasks;
        KeyRotation rotation(*store, keys_of("ba"), clock_, log, tasks.executor());
        rotation.start();
        ASSERT_TRUE(tasks.run_one());
        store->stop();
    }
    EXPECT_THROW(open("b"), Failure);
    {
        const auto store = open("ba");
        expect_all_readable(*store);
        rotate(*store, "ba");
    }
    EXPECT_THAT(log_text(), HasSubstr("\"rewrapped\":86"));
    expect_all_readable(*open("b"));
}

TEST_F(KeyRotationTest, KeepsTheOlderKeyForADataKeyThatIsDamaged) {
    fill(3);
    sqlite::Connection(path(), sqlite::Access::read_write, "")
        .execute(
            "UPDATE data_key SET wrapped = CAST(substr(wrapped, 1, 16) || 'x' AS BLOB) "
            "WHERE id = 2");
    const auto store = open("ba");
    rotate(*store, "ba");
    EXPECT_THAT(log_text(), HasSubstr("\"rewrapped\":2,\"unreadable\":1"));
    EXPECT_EQ(store->master_keys().size(), 2U);
    EXPECT_TRUE(store->message("m0"));
    EXPECT_THROW(store->message("m1"), Failure);
    EXPECT_TRUE(store->message("m2"));
}

TEST_F(KeyRotationTest, HasNothingToDoUnderOneKey) {
    fill(3);
    const auto store = open("a");
    Log log(clock_, LogLevel::info, log_file());
    Tasks tasks;
    KeyRotation rotation(*store, keys_of("a"), clock_, log, tasks.executor());
    rotation.start();
    EXPECT_TRUE(tasks.empty());
    EXPECT_THAT(log_text(), Not(HasSubstr("rotat")));
}

TEST_F(KeyRotationTest, EndsWhenTheStoreTakesNoMore) {
    fill(3);
    const auto store = open("ba");
    store->stop();
    Log log(clock_, LogLevel::info, log_file());
    Tasks tasks;
    KeyRotation rotation(*store, keys_of("ba"), clock_, log, tasks.executor());
    rotation.start();
    while (!tasks.empty()) {
        ASSERT_TRUE(tasks.run_one());
    }
    EXPECT_THAT(log_text(), HasSubstr("store.key_rotation_interrupted"));
}

TEST_F(KeyRotationTest, LeavesADataKeyAloneThatIsNotAsItWasRead) {
    fill(1);
    const auto store = open("ba");
    const StoredPayloadKey before = store->data_keys_after(0, 1).front();
    commit(*store, RewrapPayloadKey{before.id, "another", "new"});
    commit(*store, RewrapPayloadKey{before.id + 1, before.wrapped, "new"});
    const auto after = store->data_keys_after(0, 10);
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after.front().wrapped, before.wrapped);
}

}  // namespace gateway::test
