// A backup beside a store that is being written, and back again.
#include "gateway/flow/backup/backup.h"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/audit/verify.h"
#include "gateway/flow/backup/restore.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/migrations.h"
#include "tests/flow/store/faulty_disk.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Backup : public ::testing::Test {
protected:
    Backup() { std::filesystem::create_directory(folder_.path() / "elsewhere"); }

    SqliteOptions options(std::string_view letters = "a") const {
        SqliteOptions options;
        options.path = folder_.path() / "store.db";
        options.keys = keys_of(letters);
        return options;
    }

    std::string file() const { return folder_.path() / "elsewhere" / "backup.db"; }

    BackupManifest make() const { return make_backup({.store = options(), .file = file()}, clock); }

    RestoreOptions restoring(std::string_view letters = "a") const {
        return {.file = file(), .store = options(letters), .actor = "operator"};
    }

    Restored restore(OnExistingStore existing = OnExistingStore::replace) const {
        RestoreOptions wanted = restoring();
        wanted.existing = existing;
        return restore_backup(wanted, clock);
    }

    void expect_refused(const RestoreOptions& wanted, Category category,
                        const std::string& text) const {
        try {
            restore_backup(wanted, clock);
            ADD_FAILURE() << "restored";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.category(), category);
            EXPECT_THAT(failure.internal(), HasSubstr(text));
        }
        EXPECT_THAT(
            names_in(folder_.path()),
            ::testing::Not(::testing::Contains(::testing::StartsWith("store.db.restoring"))));
    }

    // Where the manifest would tell, so that what lies behind it is asked.
    RestoreOptions without_manifest(std::string_view letters = "a") const {
        std::filesystem::remove(manifest_file(file()));
        RestoreOptions wanted = restoring(letters);
        wanted.manifest = ManifestRule::not_needed;
        return wanted;
    }

    void change_backup(const std::string& sql) const {
        sqlite::Connection(file(), sqlite::Access::read_write, "").execute(sql);
    }

    static std::set<std::string> names_in(const std::filesystem::path& folder) {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            names.insert(entry.path().filename());
        }
        return names;
    }

    std::set<std::string> names_elsewhere() const { return names_in(folder_.path() / "elsewhere"); }

    const TemporaryFolder& folder() const { return folder_; }

    SystemClock clock;

private:
    TemporaryFolder folder_;
};

UnitOfWork unit_of(const std::string& id) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named(id)});
    unit.add(AddDelivery{delivery_named("d-" + id, id)});
    unit.add(AddAudit{audit_of(id)});
    return unit;
}

// Commits one unit after the other until it goes.
class Traffic final {
public:
    explicit Traffic(Store& store) : store_(store), thread_([this] { run(); }) {}

    ~Traffic() {
        stop_ = true;
        thread_.join();
    }

    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;
    Traffic(Traffic&&) = delete;
    Traffic& operator=(Traffic&&) = delete;

    // "t-1" … "t-N" are acknowledged.
    int acknowledged() const { return acknowledged_; }

    void wait_for(int count) const {
        while (acknowledged_ < count) {
            std::this_thread::yield();
        }
    }

private:
    void run() {
        while (!stop_) {
            commit(store_, unit_of("t-" + std::to_string(acknowledged_ + 1)));
            ++acknowledged_;
        }
    }

    Store& store_;
    std::atomic<bool> stop_ = false;
    std::atomic<int> acknowledged_ = 0;
    std::thread thread_;
};

}  // namespace

TEST_F(Backup, HoldsAllThatWasAcknowledgedBeforeItBegan) {
    const auto store = open_sqlite_store(options());
    int before = 0;
    BackupManifest manifest;
    {
        const Traffic traffic(*store);
        traffic.wait_for(200);
        before = traffic.acknowledged();
        manifest = make();
        traffic.wait_for(before + 100);
    }
    const auto backup = [&] {
        SqliteOptions of_backup = options();
        of_backup.path = file();
        return of_backup;
    }();
    const auto reads = open_sqlite_reads(backup);
    for (int i = 1; i <= before; ++i) {
        ASSERT_TRUE(reads->message("t-" + std::to_string(i))) << i;
    }
    EXPECT_GE(manifest.mark.messages, static_cast<std::uint64_t>(before));
    EXPECT_EQ(manifest.mark.audit_records, manifest.mark.messages);
    const StoreReport report = inspect_sqlite_store(backup);
    EXPECT_EQ(report.fault.value_or("none"), "none");
    EXPECT_EQ(report.mark, manifest.mark);
    const AuditVerdict verdict = verify_audit(*reads);
    EXPECT_TRUE(verdict.is_sound());
    EXPECT_EQ(verdict.last, manifest.mark.audit_last);
}

TEST_F(Backup, IsOneFileAndItsManifestForTheirOwnerOnly) {
    const auto store = open_sqlite_store(options());
    commit(*store, unit_of("m1"));
    make();
    EXPECT_EQ(names_elsewhere(), (std::set<std::string>{"backup.db", "backup.db.manifest"}));
    for (const auto& entry : std::filesystem::directory_iterator(folder().path() / "elsewhere")) {
        EXPECT_EQ(entry.status().permissions(),
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
}

TEST_F(Backup, HoldsNeitherPlainTextNorAKey) {
    const auto store = open_sqlite_store(options());
    Message message = message_named("m1");
    message.bytes = std::make_shared<const std::string>("CANARY-4857773456-canary");
    message.digest = sha256(*message.bytes);
    commit(*store, AddMessage{message});
    make();
    for (const std::string& name : {file(), manifest_file(file())}) {
        EXPECT_THAT(read_file(name), ::testing::Not(HasSubstr("CANARY-4857773456")));
        EXPECT_THAT(read_file(name), ::testing::Not(HasSubstr(std::string(32, 'a'))));
    }
}

TEST_F(Backup, NeverOverwritesOne) {
    const auto store = open_sqlite_store(options());
    make();
    const std::string before = read_file(file());
    commit(*store, unit_of("m1"));
    EXPECT_THROW(make(), Failure);
    EXPECT_EQ(read_file(file()), before);
}

TEST_F(Backup, SaysWhatAManifestWithoutItsBackupMayBe) {
    const auto store = open_sqlite_store(options());
    make();
    std::filesystem::remove(file());
    try {
        make();
        FAIL() << "made";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::conflict);
        EXPECT_THAT(failure.internal(), HasSubstr("without its backup"));
    }
}

TEST_F(Backup, TakesNoNotesOfWhatAnEarlierOneLeft) {
    const auto store = open_sqlite_store(options());
    std::ofstream(file() + ".part") << "half a backup";
    make();
    EXPECT_EQ(names_elsewhere(), (std::set<std::string>{"backup.db", "backup.db.manifest"}));
}

TEST_F(Backup, AsksForRoomBeforeItBegins) {
    const auto store = open_sqlite_store(options());
    BackupOptions wanted{.store = options(), .file = file()};
    wanted.disk = [] { return DiskSpace{1'000'000, 1000}; };
    try {
        make_backup(wanted, clock);
        FAIL() << "made";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::unavailable);
        EXPECT_THAT(failure.internal(), HasSubstr("0 MiB free"));
        EXPECT_THAT(failure.internal(), HasSubstr("nothing was written"));
    }
    EXPECT_THAT(names_elsewhere(), IsEmpty());
}

TEST_F(Backup, DoesNotFillTheStoresOwnDisk) {
    const auto store = open_sqlite_store(options());
    BackupOptions wanted{.store = options(), .file = file()};
    wanted.disk = [] { return DiskSpace{895ULL << 20U, 100ULL << 20U}; };
    wanted.disk_full_percent = 90;
    EXPECT_NO_THROW(make_backup(wanted, clock));
    wanted.file += "-2";
    wanted.disk = [] { return DiskSpace{896ULL << 20U, 99ULL << 20U}; };
    EXPECT_THROW(make_backup(wanted, clock), Failure);
}

TEST_F(Backup, LeavesNothingBehindOnADiskThatFillsUp) {
    const auto store = open_sqlite_store(options());
    commit(*store, unit_of("m1"));
    FaultyDisk disk;
    BackupOptions wanted{.store = options(), .file = file()};
    wanted.store.vfs = disk.name();
    disk.fail(DiskFault::full);
    EXPECT_THROW(make_backup(wanted, clock), Failure);
    EXPECT_THAT(names_elsewhere(), IsEmpty());
    disk.fail(DiskFault::none);
    make_backup(wanted, clock);
    commit(*store, unit_of("m2"));
}

TEST_F(Backup, OfNoStoreIsRefused) {
    EXPECT_THROW(make(), Failure);
    EXPECT_THAT(names_elsewhere(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(options().path));
}

TEST_F(Backup, TellsHowFarItIs) {
    const auto store = open_sqlite_store(options());
    Message message = message_named("m1");
    message.bytes = std::make_shared<const std::string>(20U << 20U, 'x');
    message.digest = sha256(*message.bytes);
    commit(*store, AddMessage{message});
    std::vector<CopyProgress> told;
    make_backup({.store = options(), .file = file()}, clock,
                [&](const CopyProgress& progress) { told.push_back(progress); });
    ASSERT_GE(told.size(), 2U);
    EXPECT_LT(told.front().bytes_done, told.back().bytes_done);
    EXPECT_GT(told.back().bytes_all, 20U << 20U);
}

TEST_F(Backup, ComesBackWhole) {
    auto store = open_sqlite_store(options());
    commit(*store, unit_of("m1"));
    commit(*store, LeaseDelivery{"d-m1", 0, at_second(100), at_second(1000)});
    const BackupManifest manifest = make();
    store.reset();
    std::filesystem::remove(options().path);
    const Restored restored = restore(OnExistingStore::refuse);
    EXPECT_EQ(restored.report.mark, manifest.mark);
    EXPECT_EQ(restored.report.counts.unfinished, 1U);
    EXPECT_THAT(restored.set_aside, IsEmpty());
    store = open_sqlite_store(options());
    EXPECT_EQ(*store->message("m1")->bytes, *message_named("m1").bytes);
    // Nobody holds the lease of then: it goes out again, with its id and bytes.
    EXPECT_EQ(store->delivery("d-m1")->state, DeliveryState::pending);
    EXPECT_EQ(*store->delivery("d-m1")->bytes, *delivery_named("d-m1", "m1").bytes);
    const auto audit = store->audit_after(1, 10);
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit.front().outcome, "store_restored");
    EXPECT_EQ(audit.front().actor, "operator");
    EXPECT_EQ(audit.front().digest, to_hex(manifest.digest));
    EXPECT_TRUE(verify_audit(*store).is_sound());
    EXPECT_EQ(names_in(folder().path()),
              (std::set<std::string>{"elsewhere", "store.db", "store.db-shm", "store.db-wal",
                                     "store.db.lock"}));
}

TEST_F(Backup, KeepsTheFormerStore) {
    auto store = open_sqlite_store(options());
    commit(*store, unit_of("m1"));
    make();
    commit(*store, unit_of("m2"));
    store.reset();
    const Restored restored = restore();
    EXPECT_FALSE(open_sqlite_store(options())->message("m2"));
    SqliteOptions former = options();
    former.path = restored.set_aside;
    EXPECT_TRUE(open_sqlite_store(former)->message("m2"));
}

TEST_F(Backup, ReadsNoLogOfTheFormerStoreIntoTheNewOne) {
    auto store = open_sqlite_store(options());
    commit(*store, unit_of("m1"));
    make();
    commit(*store, unit_of("m2"));
    // As after a crash: what came last is in the log alone.
    const std::string file = read_file(options().path);
    const std::string log = read_file(options().path + "-wal");
    store.reset();
    std::ofstream(options().path, std::ios::binary) << file;
    std::ofstream(options().path + "-wal", std::ios::binary) << log;
    const Restored restored = restore();
    EXPECT_FALSE(std::filesystem::exists(options().path + "-wal"));
    const auto now = open_sqlite_store(options());
    EXPECT_TRUE(now->message("m1"));
    EXPECT_FALSE(now->message("m2"));
    SqliteOptions former = options();
    former.path = restored.set_aside;
    EXPECT_TRUE(open_sqlite_store(former)->message("m2"));
}

TEST_F(Backup, TakesThePlaceOfADamagedStore) {
    {
        const auto store = open_sqlite_store(options());
        commit(*store, unit_of("m1"));
        make();
    }
    std::ofstream(options().path, std::ios::binary) << std::string(8192, 'x');
    const Restored restored = restore();
    EXPECT_EQ(std::filesystem::file_size(restored.set_aside), 8192U);
    EXPECT_TRUE(open_sqlite_store(options())->message("m1"));
}

TEST_F(Backup, IsNotPutOverAStoreUnasked) {
    open_sqlite_store(options());
    make();
    expect_refused(restoring(), Category::conflict, "--replace");
}

TEST_F(Backup, IsNotPutOverAStoreInUse) {
    const auto store = open_sqlite_store(options());
    make();
    RestoreOptions wanted = restoring();
    wanted.existing = OnExistingStore::replace;
    expect_refused(wanted, Category::unavailable, "in use by another Painbridge");
    commit(*store, unit_of("m1"));
}

class TamperedBackup : public Backup {
protected:
    TamperedBackup() {
        const auto store = open_sqlite_store(options());
        for (const std::string id : {"m1", "m2", "m3"}) {
            commit(*store, unit_of(id));
        }
        make();
        formerly_ = *store->message("m3")->bytes;
    }

    // The store is where it was, as it was.
    void expect_untouched() const {
        EXPECT_EQ(*open_sqlite_store(options())->message("m3")->bytes, formerly_);
    }

    RestoreOptions replacing(RestoreOptions wanted) const {
        wanted.existing = OnExistingStore::replace;
        return wanted;
    }

private:
    std::string formerly_;
};

TEST_F(TamperedBackup, IsRefusedByItsDigest) {
    change_backup("UPDATE delivery SET state = 'delivered'");
    expect_refused(replacing(restoring()), Category::invalid, "SHA-256");
    expect_untouched();
}

TEST_F(TamperedBackup, IsRefusedWithAnotherManifest) {
    change_backup("UPDATE delivery SET state = 'delivered'");
    std::string text = read_file(manifest_file(file()));
    const std::string digest = to_hex(sha256(read_file(file())));
    text.replace(text.find("sha256 ") + 7, digest.size(), digest);
    std::ofstream(manifest_file(file())) << text;
    expect_refused(replacing(restoring()), Category::invalid, "changed after it was sealed");
}

TEST_F(TamperedBackup, IsRefusedWithoutItsManifest) {
    std::filesystem::remove(manifest_file(file()));
    expect_refused(replacing(restoring()), Category::invalid, "--without-manifest");
    EXPECT_NO_THROW(restore_backup(replacing(without_manifest()), clock));
}

TEST_F(TamperedBackup, IsRefusedByTheAuditsChain) {
    change_backup("UPDATE audit SET outcome = 'refused' WHERE sequence = 2");
    expect_refused(replacing(without_manifest()), Category::invalid, "audit record 2");
    expect_untouched();
}

TEST_F(TamperedBackup, IsRefusedByAPayloadThatDoesNotOpen) {
    change_backup(
        "UPDATE payload SET bytes = zeroblob(length(bytes)) WHERE id = "
        "(SELECT payload FROM message WHERE id = 'm2')");
    expect_refused(replacing(without_manifest()), Category::invalid, "message/m2");
}

TEST_F(TamperedBackup, IsRefusedByAMissingIndex) {
    change_backup("DROP INDEX delivery_lane");
    expect_refused(replacing(without_manifest()), Category::invalid, "index delivery_lane");
}

TEST_F(TamperedBackup, IsRefusedCutShort) {
    std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
    RestoreOptions wanted = replacing(without_manifest());
    EXPECT_THROW(restore_backup(wanted, clock), Failure);
    expect_untouched();
}

TEST_F(TamperedBackup, IsRefusedWithoutItsKeys) {
    expect_refused(replacing(restoring("b")), Category::unavailable, keys_of("a")->current());
    expect_refused(replacing(without_manifest("b")), Category::unavailable,
                   keys_of("a")->current());
}

TEST_F(TamperedBackup, IsRefusedByWhatACheckpointSigned) {
    RestoreOptions wanted = replacing(restoring());
    wanted.checkpoints = {{2, sha256("another"), "2026-01-31T13:28:17.239Z"}};
    expect_refused(wanted, Category::invalid, "audit record 2");
}

TEST_F(TamperedBackup, TellsOfCheckpointsOverMoreThanItHas) {
    RestoreOptions wanted = replacing(restoring());
    wanted.checkpoints = {{9, sha256("later"), "2026-01-31T13:28:17.239Z"}};
    const Restored restored = restore_backup(wanted, clock);
    ASSERT_TRUE(restored.signed_later);
    EXPECT_EQ(restored.signed_later->records, 9U);
}

TEST_F(TamperedBackup, NeedsRoomForACopy) {
    RestoreOptions wanted = replacing(restoring());
    wanted.disk = [] { return DiskSpace{1'000'000, 1000}; };
    expect_refused(wanted, Category::unavailable, "nothing was written");
}

}  // namespace gateway::test
