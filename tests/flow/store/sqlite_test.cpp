// What is SQLite's own: the file, its versions, the disk below it, and how commits are shared.
#include "gateway/flow/store/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>
#include <future>
#include <thread>

#include "gateway/base/failure.h"
#include "gateway/flow/store/sqlite/migrations.h"
#include "tests/flow/store/faulty_disk.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;

class SqliteFile : public ::testing::Test {
protected:
    SqliteOptions options() const {
        SqliteOptions options;
        options.path = folder_.path() / "store.db";
        options.keys = keys_of("a");
        return options;
    }

    void execute(const std::string& sql) const {
        sqlite::Connection(options().path, sqlite::Access::read_write, "").execute(sql);
    }

    static void expect_failure(const std::function<void()>& open, Category category,
                               const std::string& text) {
        try {
            open();
            ADD_FAILURE() << "opened";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.category(), category);
            EXPECT_THAT(failure.internal(), HasSubstr(text));
        }
    }

    void damage_in_the_middle() const {
        const auto size = std::filesystem::file_size(options().path);
        std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size / 4096 * 3 / 4 * 4096));
        file << std::string(4096, '\x5a');
    }

    const TemporaryFolder& folder() const { return folder_; }

private:
    TemporaryFolder folder_;
};

class SqliteDisk : public SqliteFile {
protected:
    SqliteDisk() {
        SqliteOptions with_faults = options();
        with_faults.vfs = disk_.name();
        store_ = open_sqlite_store(with_faults);
        commit(*store_, AddMessage{message_named("before")});
    }

    FaultyDisk& disk() { return disk_; }

    Store& store() { return *store_; }

    void close() { store_.reset(); }

private:
    FaultyDisk disk_;
    std::unique_ptr<Store> store_;
};

}  // namespace

TEST_F(SqliteFile, IsForItsOwnerOnly) {
    const auto store = open_sqlite_store(options());
    commit(*store, AddMessage{message_named("m1")});
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    for (const auto& file : std::filesystem::directory_iterator(folder().path())) {
        EXPECT_EQ(file.status().permissions() & others, std::filesystem::perms::none)
            << file.path();
    }
}

TEST_F(SqliteFile, IsOpenedByOneGatewayAtATime) {
    auto store = open_sqlite_store(options());
    expect_failure([&] { open_sqlite_store(options()); }, Category::unavailable,
                   "in use by another Painbridge");
    store.reset();
    EXPECT_TRUE(open_sqlite_store(options()));
}

TEST_F(SqliteFile, IsReadBesideARunningGateway) {
    const auto store = open_sqlite_store(options());
    commit(*store, AddMessage{message_named("m1")});
    const auto reads = open_sqlite_reads(options());
    EXPECT_TRUE(reads->message("m1"));
    commit(*store, AddMessage{message_named("m2")});
    EXPECT_TRUE(reads->message("m2"));
}

TEST_F(SqliteFile, IsReadAfterTheGatewayHasStopped) {
    commit(*open_sqlite_store(options()), AddMessage{message_named("m1")});
    EXPECT_TRUE(open_sqlite_reads(options())->message("m1"));
}

TEST_F(SqliteFile, IsNotMadeByReading) {
    expect_failure([&] { open_sqlite_reads(options()); }, Category::unavailable, "cannot open");
    EXPECT_FALSE(std::filesystem::exists(options().path));
}

TEST_F(SqliteFile, LeavesNoLogBehindAfterACleanStop) {
    auto store = open_sqlite_store(options());
    commit(*store, AddMessage{message_named("m1")});
    EXPECT_TRUE(std::filesystem::exists(options().path + "-wal"));
    store.reset();
    EXPECT_FALSE(std::filesystem::exists(options().path + "-wal"));
}

TEST_F(SqliteFile, OfANewerVersionIsRefused) {
    open_sqlite_store(options());
    execute("INSERT INTO schema_version (version, name) VALUES (999, 'later')");
    for (const auto& open : {std::function<void()>([&] { open_sqlite_store(options()); }),
                             std::function<void()>([&] { open_sqlite_reads(options()); })}) {
        expect_failure(open, Category::fault, "schema version 999");
    }
}

TEST_F(SqliteFile, OfAnotherProgramIsRefused) {
    execute("CREATE TABLE theirs (x)");
    expect_failure([&] { open_sqlite_store(options()); }, Category::fault,
                   "another program's database");
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsRefused) {
    std::ofstream(options().path) << std::string(5000, 'x');
    expect_failure([&] { open_sqlite_store(options()); }, Category::fault, "not a database");
}

TEST_F(SqliteFile, ThatIsDamagedIsRefused) {
    {
        const auto store = open_sqlite_store(options());
        for (int i = 0; i < 200; ++i) {
            commit(*store, AddMessage{message_named("m" + std::to_string(i))});
        }
    }
    damage_in_the_middle();
    expect_failure([&] { open_sqlite_store(options()); }, Category::fault, "integrity check");
}

// What is found after the start stops the store: nothing more is acknowledged.
TEST_F(SqliteFile, ThatIsLargeIsCheckedBesideTheTraffic) {
    {
        const auto store = open_sqlite_store(options());
        for (int i = 0; i < 200; ++i) {
            commit(*store, AddMessage{message_named("m" + std::to_string(i))});
        }
    }
    SqliteOptions large = options();
    large.checked_at_once_max = 0;
    {
        const auto store = open_sqlite_store(large);
        commit(*store, AddMessage{message_named("while it is checked")});
    }
    damage_in_the_middle();
    const auto store = open_sqlite_store(large);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (store->accepts() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const Outcome refused = outcome_of(*store, AddMessage{message_named("late")});
    ASSERT_TRUE(std::holds_alternative<Unavailable>(refused));
    EXPECT_THAT(std::get<Unavailable>(refused).reason, HasSubstr("integrity check"));
}

TEST_F(SqliteFile, ThatCannotBeMadeIsNamed) {
    SqliteOptions nowhere = options();
    nowhere.path = folder().path() / "missing" / "store.db";
    expect_failure([&] { open_sqlite_store(nowhere); }, Category::unavailable, nowhere.path);
}

TEST_F(SqliteFile, KeepsItsVersionWhereTheCopyHasNoRoom) {
    commit(*open_sqlite_store(options()), AddMessage{message_named("m1")});
    const auto shipped = sqlite::shipped_migrations();
    std::vector<sqlite::Migration> more(shipped.begin(), shipped.end());
    more.push_back({more.back().version + 1, "next", "ALTER TABLE message ADD COLUMN more TEXT"});
    sqlite::Connection connection(options().path, sqlite::Access::read_write, "");
    const DiskProbe full = [] { return DiskSpace{1'000'000, 1000}; };
    expect_failure([&] { sqlite::migrate(connection, options().path, more, full); },
                   Category::unavailable, "0 MiB free");
    EXPECT_EQ(sqlite::schema_version(connection), shipped.back().version);
    EXPECT_FALSE(
        std::filesystem::exists(options().path + ".before-" + std::to_string(more.back().version)));
}

TEST_F(SqliteFile, IsCopiedBeforeItsVersionChanges) {
    commit(*open_sqlite_store(options()), AddMessage{message_named("m1")});
    const auto shipped = sqlite::shipped_migrations();
    std::vector<sqlite::Migration> more(shipped.begin(), shipped.end());
    const std::int64_t next = more.back().version + 1;
    more.push_back({next, "next", "ALTER TABLE message ADD COLUMN more TEXT"});
    {
        sqlite::Connection connection(options().path, sqlite::Access::read_write, "");
        sqlite::migrate(connection, options().path, more);
        EXPECT_EQ(sqlite::schema_version(connection), next);
    }
    expect_failure([&] { open_sqlite_store(options()); }, Category::fault, "before-");
    // The documented way back.
    std::filesystem::rename(options().path + ".before-" + std::to_string(next), options().path);
    EXPECT_TRUE(open_sqlite_store(options())->message("m1"));
}

TEST_F(SqliteFile, IsCopiedForItsOwnerOnlyThoughAnEarlierCopyWasCutOff) {
    commit(*open_sqlite_store(options()), AddMessage{message_named("m1")});
    const auto shipped = sqlite::shipped_migrations();
    std::vector<sqlite::Migration> more(shipped.begin(), shipped.end());
    const std::int64_t next = more.back().version + 1;
    more.push_back({next, "next", "ALTER TABLE message ADD COLUMN more TEXT"});
    const std::string copy = options().path + ".before-" + std::to_string(next);
    for (const char* name : {"", ".part", ".part-journal"}) {
        std::ofstream(copy + name) << std::string(5000, 'x');
    }
    {
        sqlite::Connection connection(options().path, sqlite::Access::read_write, "");
        sqlite::migrate(connection, options().path, more);
    }
    EXPECT_FALSE(std::filesystem::exists(copy + ".part"));
    EXPECT_EQ(std::filesystem::status(copy).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::rename(copy, options().path);
    EXPECT_TRUE(open_sqlite_store(options())->message("m1"));
}

TEST_F(SqliteFile, StaysAsItWasWhenAMigrationFails) {
    open_sqlite_store(options());
    const auto shipped = sqlite::shipped_migrations();
    std::vector<sqlite::Migration> more(shipped.begin(), shipped.end());
    more.push_back(
        {more.back().version + 1, "wrong", "CREATE TABLE half (x); CREATE TABLE message (x)"});
    sqlite::Connection connection(options().path, sqlite::Access::read_write, "");
    EXPECT_THROW(sqlite::migrate(connection, options().path, more), sqlite::SqliteError);
    EXPECT_EQ(sqlite::schema_version(connection), shipped.back().version);
    EXPECT_FALSE(
        sqlite::Query(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'half'").step());
}

TEST_F(SqliteFile, HasMigrationsNumberedWithoutAGap) {
    std::int64_t expected = 0;
    for (const sqlite::Migration& migration : sqlite::shipped_migrations()) {
        EXPECT_EQ(migration.version, ++expected);
    }
}

// The writer is kept busy with one unit while the others gather behind it.
TEST_F(SqliteFile, TakesManyUnitsInOneCommit) {
    const auto store = open_sqlite_store(options());
    constexpr std::uint64_t units = 40;
    std::promise<void> blocked;
    std::promise<void> go_on;
    std::promise<void> last;
    const auto submit = [&](const std::string& id, const Executor& executor,
                            const Continuation& continuation) {
        UnitOfWork unit;
        unit.add(AddMessage{message_named(id)});
        store->submit(std::move(unit), executor, continuation);
    };
    const Executor at_once = [](const std::function<void()>& task) { task(); };
    submit(
        "first",
        [&](const std::function<void()>&) {
            blocked.set_value();
            go_on.get_future().wait();
        },
        [](const Outcome&) {});
    blocked.get_future().wait();
    for (std::uint64_t i = 1; i <= units; ++i) {
        submit("m" + std::to_string(i), at_once, [&, i](const Outcome&) {
            if (i == units) {
                last.set_value();
            }
        });
    }
    EXPECT_EQ(store->counters().waiting, units);
    go_on.set_value();
    last.get_future().wait();
    EXPECT_EQ(store->counters().units, units + 1);
    EXPECT_EQ(store->counters().commits, 2U);
}

// Nobody else can hold one: there is one gateway to a file.
TEST_F(SqliteFile, FreesTheLeasesOfAFormerProcessAndFencesItOff) {
    auto store = open_sqlite_store(options());
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    unit.add(AddDelivery{delivery_named("d1", "m1")});
    unit.add(LeaseDelivery{"d1", 0, at_second(100), at_second(1000)});
    const std::uint64_t token = commit(*store, std::move(unit)).at(2);
    store.reset();
    store = open_sqlite_store(options());
    const auto due = store->due_deliveries("clinic", {at_second(100)}, 10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_GT(due.front().lease, token);
    EXPECT_EQ(refusal_of(*store, FinishDelivery{"d1", token, DeliveryState::delivered, "200"})
                  .precondition,
              Precondition::lease);
}

TEST_F(SqliteFile, RefusesUnitsBeyondItsQueue) {
    SqliteOptions small = options();
    small.waiting_max = 2;
    const auto store = open_sqlite_store(small);
    std::promise<void> blocked;
    std::promise<void> go_on;
    std::vector<Outcome> outcomes;
    store->submit(
        {},
        [&](const std::function<void()>&) {
            blocked.set_value();
            go_on.get_future().wait();
        },
        [](const Outcome&) {});
    blocked.get_future().wait();
    const Executor at_once = [](const std::function<void()>& task) { task(); };
    for (int i = 0; i < 3; ++i) {
        store->submit({}, at_once, [&](const Outcome& outcome) { outcomes.push_back(outcome); });
    }
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(std::get<Unavailable>(outcomes.front()).reason, "the store's queue is full");
    go_on.set_value();
    store->stop();
    EXPECT_EQ(outcomes.size(), 3U);
}

TEST_F(SqliteDisk, HasConfirmedTheLogWhenTheContinuationRuns) {
    for (int i = 0; i < 20; ++i) {
        const int before = disk().log_syncs();
        std::promise<int> at_continuation;
        UnitOfWork unit;
        unit.add(AddMessage{message_named("m" + std::to_string(i))});
        store().submit(
            std::move(unit), [](const std::function<void()>& task) { task(); },
            [&](const Outcome&) { at_continuation.set_value(disk().log_syncs()); });
        EXPECT_GT(at_continuation.get_future().get(), before);
    }
}

TEST_F(SqliteDisk, ThatIsFullRefusesAndGoesOnOnceThereIsRoom) {
    disk().fail(DiskFault::full);
    EXPECT_TRUE(
        std::holds_alternative<Unavailable>(outcome_of(store(), AddMessage{message_named("m1")})));
    EXPECT_TRUE(store().accepts());
    disk().fail(DiskFault::none);
    EXPECT_FALSE(store().message("m1"));
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    unit.add(AddAudit{audit_of("m1")});
    EXPECT_EQ(commit(store(), std::move(unit))[1], 1U);
    EXPECT_TRUE(store().message("before"));
}

TEST_F(SqliteDisk, ThatCannotSyncIsTrustedNoMore) {
    for (const DiskFault fault : {DiskFault::sync_fails, DiskFault::write_fails}) {
        close();
        disk().fail(DiskFault::none);
        SqliteOptions with_faults = options();
        with_faults.vfs = disk().name();
        const auto store = open_sqlite_store(with_faults);
        disk().fail(fault);
        EXPECT_TRUE(std::holds_alternative<Unavailable>(
            outcome_of(*store, AddMessage{message_named("m1")})));
        EXPECT_FALSE(store->accepts());
        disk().fail(DiskFault::none);  // the next fsync may well succeed: it proves nothing
        const Outcome outcome = outcome_of(*store, AddMessage{message_named("m2")});
        ASSERT_TRUE(std::holds_alternative<Unavailable>(outcome));
        EXPECT_THAT(std::get<Unavailable>(outcome).reason, HasSubstr("must be opened again"));
        EXPECT_TRUE(store->message("before"));
    }
}

TEST_F(SqliteDisk, IsRecoveredByOpeningAgain) {
    disk().fail(DiskFault::sync_fails);
    outcome_of(store(), AddMessage{message_named("m1")});
    close();
    disk().fail(DiskFault::none);
    const auto store = open_sqlite_store(options());
    EXPECT_TRUE(store->message("before"));
    // Whether "m1" reached the disk is open; the sender was told to try again, and either is right.
    const Outcome again = outcome_of(*store, AddMessage{message_named("m1")});
    EXPECT_FALSE(std::holds_alternative<Unavailable>(again));
    EXPECT_TRUE(store->message("m1"));
}

}  // namespace gateway::test
