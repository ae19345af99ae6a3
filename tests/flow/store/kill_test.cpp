// kill -9 at random moments: whatever the dead process said was committed must be there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using namespace std::chrono_literals;

constexpr int kills = 20;

struct Child {
    pid_t process = 0;
    int output = -1;
};

Child start(const std::string& path, const std::string& round) {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const pid_t process = ::fork();
    if (process == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::execl(STORE_KILL_CHILD, STORE_KILL_CHILD, path.c_str(), round.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(pipe[1]);
    return {process, pipe[0]};
}

// What the child says until `end`, or until it is gone.
std::string read_until(int descriptor, std::chrono::steady_clock::time_point end) {
    std::string text;
    std::array<char, 65536> buffer{};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd waited{descriptor, POLLIN, 0};
        if (::poll(&waited, 1, std::max(0, static_cast<int>(left.count()))) <= 0) {
            return text;
        }
        const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
        if (size <= 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

// Lets it work for a while from its first commit on, kills it, and returns all that it said.
std::string run_and_kill(const std::string& path, int round, std::chrono::microseconds life) {
    const Child child = start(path, std::to_string(round));
    const auto now = [] { return std::chrono::steady_clock::now(); };
    pollfd first{child.output, POLLIN, 0};
    EXPECT_EQ(::poll(&first, 1, 20'000), 1) << "the child never committed";
    std::string said = read_until(child.output, now() + life);
    ::kill(child.process, SIGKILL);
    said += read_until(child.output, now() + 10s);
    int status = 0;
    ::waitpid(child.process, &status, 0);
    ::close(child.output);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    return said;
}

void expect_all_there(const StoreReads& store, const std::set<std::string>& acknowledged) {
    for (const std::string& line : acknowledged) {
        const auto words = split(line, ' ');
        ASSERT_EQ(words.size(), 2U) << line;
        if (words[0] == "message") {
            const auto message = store.message(words[1]);
            ASSERT_TRUE(message) << line;
            ASSERT_EQ(message->bytes->size(), 6000U);
            ASSERT_EQ(store.deliveries_of(words[1]).size(), 1U) << line;
        } else {
            const auto delivery = store.delivery(words[1]);
            ASSERT_TRUE(delivery) << line;
            ASSERT_EQ(delivery->state, DeliveryState::delivered) << line;
        }
    }
}

void expect_sound_audit(const StoreReads& store) {
    AuditRecord previous;
    for (const AuditRecord& record : store.audit_after(0, 1'000'000)) {
        ASSERT_EQ(record.sequence, previous.sequence + 1);
        ASSERT_EQ(record.previous, previous.hash);
        ASSERT_EQ(record.hash, chained_hash(record.previous, record));
        previous = record;
    }
}

}  // namespace

TEST(SqliteKilled, HasEverythingThatItAcknowledged) {
    const TemporaryFolder folder;
    SqliteOptions options;
    options.path = folder.path() / "store.db";
    options.keys = keys_of("a");
    std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> life_us(0, 80'000);
    std::set<std::string> acknowledged;
    for (int round = 0; round < kills; ++round) {
        const std::string said =
            run_and_kill(options.path, round, std::chrono::microseconds(life_us(random)));
        for (const std::string_view line : split(said, '\n')) {
            if (!line.empty()) {
                acknowledged.insert(std::string(line));
            }
        }
        const auto store = open_sqlite_store(options);
        expect_all_there(*store, acknowledged);
        expect_sound_audit(*store);
        EXPECT_TRUE(store->deliveries_in(DeliveryState::leased, "", 0, 1).empty());
        ASSERT_FALSE(HasFatalFailure());
    }
    EXPECT_GT(acknowledged.size(), std::size_t{kills});
    RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
}

}  // namespace gateway::test
