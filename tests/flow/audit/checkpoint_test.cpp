#include "gateway/flow/audit/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "gateway/flow/audit/checkpoint_export.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

Checkpoint checkpoint_of(std::uint64_t records) {
    return {records, sha256(std::to_string(records)), "2026-11-25T12:00:00.000Z"};
}

// A store with five records, a file of checkpoints beside it, and a hand that reaches past both.
class CheckpointExportTest : public ::testing::Test {
protected:
    CheckpointExportTest() {
        open();
        add(5);
    }

    void open() {
        SqliteOptions options;
        options.path = folder_.path() / "store.db";
        options.keys = keys_of("a");
        store_ = open_sqlite_store(options);
        restart();
    }

    void restart() {
        exporting_.emplace(CheckpointExport::Parts{*store_, clock_, log_}, file(), key_);
    }

    void add(int records, const std::string& message = "m") {
        for (int i = 0; i < records; ++i) {
            commit(*store_, AddAudit{audit_of(message)});
        }
    }

    void change(const std::string& sql) {
        exporting_.reset();
        store_.reset();
        sqlite::Connection(folder_.path() / "store.db", sqlite::Access::read_write, "")
            .execute(sql);
        open();
    }

    CheckpointResult run() {
        const CheckpointResult result = exporting_->run();
        EXPECT_EQ(exporting_->latest_result(), result);
        return result;
    }

    std::string file() const { return folder_.path() / "audit.checkpoints"; }

    std::string content() const {
        std::ifstream in(file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    CheckpointList list() const { return read_checkpoints(content(), key_.public_key()); }

    AuditVerdict verdict() const {
        const auto checkpoints = list().checkpoints;
        return verify_audit(*store_, {.checkpoints = checkpoints});
    }

    void expect_finding(std::uint64_t sequence, AuditFault fault) const {
        const AuditVerdict found = verdict();
        ASSERT_TRUE(found.finding);
        EXPECT_EQ(found.finding->sequence, sequence) << found.finding->text;
        EXPECT_EQ(found.finding->fault, fault) << found.finding->text;
    }

    TemporaryFolder folder_;
    SystemClock clock_;
    Log log_{clock_, LogLevel::error, (folder_.path() / "log").string()};
    SigningKey key_ = SigningKey::generate();
    std::unique_ptr<Store> store_;
    std::optional<CheckpointExport> exporting_;
};

// As a forger would who can compute every later hash.
std::string rewritten(const StoreReads& store, std::uint64_t from) {
    std::string sql;
    Sha256 previous{};
    for (AuditRecord record : store.audit_after(0, 100)) {
        if (record.sequence == from) {
            record.outcome = "forged";
        }
        const Sha256 hash = chained_hash(previous, record);
        sql += "UPDATE audit SET outcome = '" + record.outcome + "', previous = x'" +
               to_hex(previous) + "', hash = x'" + to_hex(hash) +
               "' WHERE sequence = " + std::to_string(record.sequence) + ";";
        previous = hash;
    }
    return sql;
}

}  // namespace

TEST(Checkpoint, IsReadAsItWasSigned) {
    const SigningKey key = SigningKey::generate();
    const std::string text =
        signed_line(checkpoint_of(7), key) + '\n' + signed_line(checkpoint_of(9), key) + '\n';
    const CheckpointList list = read_checkpoints(text, key.public_key());
    EXPECT_TRUE(list.faults.empty());
    EXPECT_EQ(list.checkpoints, (std::vector{checkpoint_of(7), checkpoint_of(9)}));
}

TEST(Checkpoint, OfAnyOtherByteIsAFaultThatNamesItsLine) {
    const SigningKey key = SigningKey::generate();
    const std::string good = signed_line(checkpoint_of(7), key) + '\n';
    for (std::size_t at = 0; at + 1 < good.size(); ++at) {
        std::string bad = good;
        bad[at] = bad[at] == 'b' ? 'c' : 'b';
        const CheckpointList list = read_checkpoints(good + bad, key.public_key());
        EXPECT_EQ(list.checkpoints.size(), 1U) << at;
        ASSERT_EQ(list.faults.size(), 1U) << at;
        EXPECT_EQ(list.faults[0].line, 2U);
    }
}

TEST(Checkpoint, OfAnotherKeyOrHalfALineIsAFault) {
    const SigningKey key = SigningKey::generate();
    const std::string line = signed_line(checkpoint_of(7), SigningKey::generate()) + '\n';
    EXPECT_EQ(read_checkpoints(line, key.public_key()).faults.size(), 1U);
    const std::string own = signed_line(checkpoint_of(7), key) + '\n';
    for (std::size_t size = 1; size < own.size(); ++size) {
        const auto list = read_checkpoints(own.substr(0, size), key.public_key());
        EXPECT_TRUE(list.checkpoints.empty()) << size;
        EXPECT_EQ(list.faults.size(), 1U) << size;
    }
}

TEST(SigningKey, SurvivesItsPem) {
    const SigningKey key = SigningKey::generate();
    const auto again = SigningKey::from_pem(key.pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key().id(), key.public_key().id());
    EXPECT_TRUE(key.public_key().verifies("text", again->sign("text")));
    EXPECT_FALSE(key.public_key().verifies("texT", again->sign("text")));
    EXPECT_FALSE(SigningKey::from_pem("not a key"));
    EXPECT_FALSE(VerifyingKey::from_pem(key.pem()));
}

TEST_F(CheckpointExportTest, AppendsALineForWhatCameSince) {
    EXPECT_EQ(run(), CheckpointResult::written);
    EXPECT_EQ(run(), CheckpointResult::nothing_new);
    add(2);
    restart();
    EXPECT_EQ(run(), CheckpointResult::written);
    const CheckpointList found = list();
    EXPECT_TRUE(found.faults.empty());
    ASSERT_EQ(found.checkpoints.size(), 2U);
    EXPECT_EQ(found.checkpoints[0].records, 5U);
    EXPECT_EQ(found.checkpoints[1].records, 7U);
    EXPECT_TRUE(verdict().is_sound());
}

TEST_F(CheckpointExportTest, ReplacesALineThatACrashCutOff) {
    EXPECT_EQ(run(), CheckpointResult::written);
    std::ofstream(file(), std::ios::app) << "painbridge-audit-chec";
    add(1);
    restart();
    EXPECT_EQ(run(), CheckpointResult::written);
    EXPECT_TRUE(list().faults.empty());
    EXPECT_EQ(list().checkpoints.size(), 2U);
}

TEST_F(CheckpointExportTest, ShowsAnEndThatWasCutOff) {
    EXPECT_EQ(run(), CheckpointResult::written);
    change("DELETE FROM audit WHERE sequence > 3");
    EXPECT_TRUE(verify_audit(*store_).is_sound());  // the chain alone does not show it
    expect_finding(4, AuditFault::cut);
    EXPECT_EQ(run(), CheckpointResult::not_sound);
    add(3, "another");
    EXPECT_EQ(run(), CheckpointResult::not_sound);
    EXPECT_EQ(list().checkpoints.size(), 1U);
}

TEST_F(CheckpointExportTest, ShowsAChainThatWasWrittenAnew) {
    EXPECT_EQ(run(), CheckpointResult::written);
    change(rewritten(*store_, 2));
    EXPECT_TRUE(verify_audit(*store_).is_sound());
    expect_finding(5, AuditFault::signed_otherwise);
    EXPECT_EQ(run(), CheckpointResult::not_sound);
}

TEST_F(CheckpointExportTest, DoesNotSignABrokenChain) {
    change("UPDATE audit SET outcome = 'refused' WHERE sequence = 3");
    EXPECT_EQ(run(), CheckpointResult::not_sound);
    EXPECT_EQ(content(), "");
}

TEST_F(CheckpointExportTest, TriesAgainWhenTheFileCannotBeWritten) {
    std::filesystem::create_directory(file());
    EXPECT_EQ(run(), CheckpointResult::failed);
    std::filesystem::remove(file());
    EXPECT_EQ(run(), CheckpointResult::written);
}

}  // namespace gateway::test
