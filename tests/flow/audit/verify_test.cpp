#include "gateway/flow/audit/verify.h"

#include <gtest/gtest.h>

#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

// A store with five records, and a hand that reaches past it into the file.
class AuditVerify : public ::testing::Test {
protected:
    AuditVerify() {
        open();
        for (const std::string id : {"m1", "m2", "m3", "m4", "m5"}) {
            commit(*store_, AddAudit{audit_of(id)});
        }
    }

    void open() {
        SqliteOptions options;
        options.path = path();
        options.keys = keys_of("a");
        store_ = open_sqlite_store(options);
    }

    AuditVerdict verdict_after(const std::string& sql) {
        store_.reset();
        sqlite::Connection(path(), sqlite::Access::read_write, "").execute(sql);
        open();
        return verify_audit(*store_);
    }

    const StoreReads& store() const { return *store_; }

private:
    std::string path() const { return folder_.path() / "store.db"; }

    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
};

void expect_finding(const AuditVerdict& verdict, std::uint64_t sequence, AuditFault fault) {
    ASSERT_TRUE(verdict.finding);
    EXPECT_EQ(verdict.finding->sequence, sequence);
    EXPECT_EQ(verdict.finding->fault, fault) << verdict.finding->text;
    EXPECT_EQ(verdict.records, sequence - 1);
}

}  // namespace

TEST_F(AuditVerify, FindsAnUntouchedAuditSound) {
    const AuditVerdict verdict = verify_audit(store());
    EXPECT_TRUE(verdict.is_sound());
    EXPECT_EQ(verdict.records, 5U);
    EXPECT_EQ(verdict.last, store().audit_after(4, 1).front().hash);
}

TEST_F(AuditVerify, FindsAnEmptyAuditSound) {
    EXPECT_TRUE(verdict_after("DELETE FROM audit").is_sound());
}

TEST_F(AuditVerify, NamesTheFirstRecordThatWasChanged) {
    expect_finding(verdict_after("UPDATE audit SET outcome = 'refused' WHERE sequence >= 3"), 3,
                   AuditFault::content);
}

TEST_F(AuditVerify, NamesARecordThatWasRemoved) {
    expect_finding(verdict_after("DELETE FROM audit WHERE sequence = 3"), 3, AuditFault::gap);
    expect_finding(verdict_after("DELETE FROM audit WHERE sequence = 1"), 1, AuditFault::gap);
}

TEST_F(AuditVerify, NamesARecordThatWasRelinked) {
    expect_finding(verdict_after("UPDATE audit SET previous = zeroblob(32) WHERE sequence = 4"), 4,
                   AuditFault::link);
}

TEST_F(AuditVerify, NamesTheEndThatARewrittenRecordNoLongerReaches) {
    // Record 2 is replaced by another whose hash is right; record 3 betrays it.
    AuditRecord forged = store().audit_after(1, 1).front();
    forged.outcome = "refused";
    const std::string hash = to_hex(chained_hash(forged.previous, forged));
    expect_finding(verdict_after("UPDATE audit SET outcome = 'refused', hash = x'" + hash +
                                 "' WHERE sequence = 2"),
                   3, AuditFault::link);
}

TEST_F(AuditVerify, NamesAnyFieldThatWasChanged) {
    AuditRecord record = store().audit_after(0, 1).front();
    record.at += std::chrono::microseconds(1);
    EXPECT_EQ(check_record(record, 0, Sha256{})->fault, AuditFault::content);
    for (auto field : {&AuditRecord::actor, &AuditRecord::message, &AuditRecord::referral,
                       &AuditRecord::delivery, &AuditRecord::outcome, &AuditRecord::digest}) {
        AuditRecord changed = store().audit_after(0, 1).front();
        EXPECT_FALSE(check_record(changed, 0, Sha256{}));
        changed.*field += "x";
        EXPECT_EQ(check_record(changed, 0, Sha256{})->fault, AuditFault::content);
    }
}

}  // namespace gateway::test
