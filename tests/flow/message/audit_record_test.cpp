#include "gateway/flow/message/audit_record.h"

#include <gtest/gtest.h>

#include <set>

namespace gateway::test {

TEST(AuditRecord, GivesOtherBytesWhenTextMovesFromOneFieldToTheNext) {
    AuditRecord left;
    left.actor = "gp1:";
    left.message = "m";
    AuditRecord right;
    right.actor = "gp";
    right.message = "1:m";
    EXPECT_NE(canonical(left), canonical(right));
}

TEST(AuditRecord, HasStableCanonicalBytes) {
    // Stored hashes depend on them: a change here needs a new version line.
    AuditRecord record;
    record.sequence = 7;
    record.at = Instant(std::chrono::seconds(1));
    record.action = AuditAction::attempt;
    record.actor = "gateway";
    record.outcome = "timeout";
    EXPECT_EQ(canonical(record),
              "painbridge-audit-1\n1:7,7:1000000,7:attempt,7:gateway,0:,0:,0:,7:timeout,0:,");
}

TEST(AuditRecord, NamesEachActionByAWordOfItsOwn) {
    std::set<std::string_view> words;
    for (const AuditAction action :
         {AuditAction::accept, AuditAction::process, AuditAction::route, AuditAction::attempt,
          AuditAction::move, AuditAction::operate, AuditAction::read, AuditAction::start}) {
        EXPECT_EQ(parse_audit_action(to_string(action)), action);
        words.insert(to_string(action));
    }
    EXPECT_EQ(words.size(), 8U);
    EXPECT_EQ(parse_audit_action("unknown"), std::nullopt);
}

}  // namespace gateway::test
