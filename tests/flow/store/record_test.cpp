#include <fmt/format.h>
#include <gmock/gmock.h>

#include "gateway/base/digest.h"
#include "gateway/base/failure.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StoredRecord : public StoreTest {
protected:
    std::uint64_t put(const std::string& id, const std::string& json, std::uint64_t expected) {
        return commit(store(), resource(id, json, expected));
    }

    static PutResource resource(const std::string& id, const std::string& json,
                                std::uint64_t expected) {
        return {{"Task", id, 0, "m1", "map-1", std::make_shared<const std::string>(json),
                 at_second(10)},
                expected};
    }

    std::vector<std::string> found_by(const std::string& token) {
        std::vector<std::string> ids;
        for (const auto& version : store().resources_with("Task", "identifier", token, 10)) {
            ids.push_back(version.id);
        }
        return ids;
    }
};

Referral referral_named(const std::string& id, const std::string& task) {
    Referral referral;
    referral.id = id;
    referral.task = task;
    referral.placer_token = "placer-" + id;
    referral.source = "gp";
    referral.destination = "clinic";
    referral.message = "m1";
    referral.business_status = "triage";
    referral.opened = at_second(10);
    referral.changed = at_second(11);
    return referral;
}

}  // namespace

TEST_P(StoredRecord, KeepsEveryVersionOfAResource) {
    EXPECT_EQ(put("t1", "one", 0), 1U);
    EXPECT_EQ(put("t1", "two", 1), 2U);
    EXPECT_EQ(*store().resource("Task", "t1")->bytes, "two");
    EXPECT_EQ(store().resource("Task", "t1")->version, 2U);
    EXPECT_EQ(*store().resource_version("Task", "t1", 1)->bytes, "one");
    EXPECT_EQ(store().resource("Task", "t1")->message, "m1");
    EXPECT_EQ(store().resource("Task", "t1")->map_hash, "map-1");
    EXPECT_FALSE(store().resource_version("Task", "t1", 3));
    EXPECT_FALSE(store().resource("Goal", "t1"));
}

TEST_P(StoredRecord, TellsTheLatestVersionOfAResourceByItsDigest) {
    EXPECT_FALSE(store().resource_marks({{"Task", "t1"}}).at(0));
    put("t1", "one", 0);
    put("t1", "two", 1);
    const auto marks = store().resource_marks({{"Goal", "t1"}, {"Task", "t1"}, {"Task", "t2"}});
    ASSERT_EQ(marks.size(), 3U);
    EXPECT_FALSE(marks[0]);
    ASSERT_TRUE(marks[1]);
    EXPECT_EQ(marks[1]->version, 2U);
    EXPECT_EQ(marks[1]->digest, sha256("two"));
    EXPECT_FALSE(marks[2]);
}

TEST_P(StoredRecord, TellsTheLatestVersionsOfManyResourcesInTheirOrder) {
    std::vector<std::string> ids;
    for (int i = 0; i < 40; ++i) {
        ids.push_back(fmt::format("t{}", i));
        if (i % 3 != 0) {
            put(ids.back(), "body of " + ids.back(), 0);
        }
    }
    std::vector<ResourceKey> keys;
    for (const std::string& id : ids) {
        keys.push_back({"Task", id});
    }
    const auto marks = store().resource_marks(keys);
    ASSERT_EQ(marks.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(marks[i].has_value(), i % 3 != 0) << ids[i];
        if (marks[i]) {
            EXPECT_EQ(marks[i]->digest, sha256("body of " + ids[i]));
        }
    }
    EXPECT_TRUE(store().resource_marks({}).empty());
}

TEST_P(StoredRecord, RefusesAResourceBuiltOnAnOldVersion) {
    put("t1", "one", 0);
    put("t1", "two", 1);
    const auto refusal = refusal_of(store(), resource("t1", "three", 1));
    EXPECT_EQ(refusal.precondition, Precondition::version);
    EXPECT_EQ(refusal.found, "2");
    EXPECT_EQ(refusal_of(store(), resource("t1", "new", 0)).found, "2");
    EXPECT_EQ(refusal_of(store(), resource("t2", "two", 1)).found, "0");
}

TEST_P(StoredRecord, TellsOfEveryResourceInTheChangeSequence) {
    put("t1", "one", 0);
    commit(store(), AddChange{{0, "settings", "snapshot-1", 1, at_second(10)}});
    put("t1", "two", 1);
    const auto changes = store().changes_after(0, 10);
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0].type, "Task");
    EXPECT_EQ(changes[1].id, "snapshot-1");
    EXPECT_EQ(changes[2].version, 2U);
    EXPECT_LT(changes[0].sequence, changes[1].sequence);
    EXPECT_EQ(store().changes_after(changes[1].sequence, 10).size(), 1U);
}

TEST_P(StoredRecord, FindsAResourceByTheTokensOfItsLatestVersion) {
    put("t1", "one", 0);
    commit(store(), AddSearchToken{"Task", "t1", 1, "identifier", "old"});
    commit(store(), AddSearchToken{"Task", "t1", 1, "identifier", "kept"});
    EXPECT_THAT(found_by("old"), ElementsAre("t1"));
    put("t1", "two", 1);
    commit(store(), AddSearchToken{"Task", "t1", 2, "identifier", "kept"});
    EXPECT_THAT(found_by("old"), IsEmpty());
    EXPECT_THAT(found_by("kept"), ElementsAre("t1"));
    EXPECT_EQ(*store().resources_with("Task", "identifier", "kept", 10).front().bytes, "two");
    EXPECT_THAT(store().resources_with("Task", "patient", "kept", 10), IsEmpty());
}

TEST_P(StoredRecord, LetsOneResourceHoldAUniqueToken) {
    put("t1", "one", 0);
    put("t2", "one", 0);
    const auto token = [](const std::string& id, std::uint64_t version) {
        return AddSearchToken{"Task", id, version, "identifier", "match", TokenRule::unique};
    };
    commit(store(), token("t1", 1));
    commit(store(), token("t1", 1));
    const auto refusal = refusal_of(store(), token("t2", 1));
    EXPECT_EQ(refusal.precondition, Precondition::unique_key);
    EXPECT_EQ(refusal.found, "t1");
    put("t1", "without the token", 1);
    commit(store(), token("t2", 1));
    EXPECT_THAT(found_by("match"), ElementsAre("t2"));
}

TEST_P(StoredRecord, MovesAReferralOnFromTheVersionExpected) {
    Referral referral = referral_named("r1", "task-1");
    EXPECT_EQ(commit(store(), PutReferral{referral, 0}), 1U);
    referral.status = TaskStatus::accepted;
    EXPECT_EQ(commit(store(), PutReferral{referral, 1}), 2U);
    EXPECT_EQ(refusal_of(store(), PutReferral{referral, 1}).found, "2");
    const auto found = store().referral_of_task("task-1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, "r1");
    EXPECT_EQ(found->version, 2U);
    EXPECT_EQ(found->status, TaskStatus::accepted);
    EXPECT_EQ(found->source, "gp");
    EXPECT_EQ(found->destination, "clinic");
    EXPECT_EQ(found->message, "m1");
    EXPECT_EQ(found->business_status, "triage");
    EXPECT_EQ(found->opened, at_second(10));
    EXPECT_EQ(found->changed, at_second(11));
}

TEST_P(StoredRecord, FindsAReferralByIdTaskAndPlacer) {
    commit(store(), PutReferral{referral_named("r1", "task-1"), 0});
    commit(store(), PutReferral{referral_named("r1", "task-2"), 0});
    EXPECT_EQ(store().referrals("r1").size(), 2U);
    EXPECT_EQ(store().referrals("r1").front().task, "task-1");
    EXPECT_EQ(store().referrals_by_placer("placer-r1").size(), 2U);
    EXPECT_EQ(store().referral_of_task("task-2")->id, "r1");
    EXPECT_THAT(store().referrals(""), IsEmpty());
    EXPECT_FALSE(store().referral_of_task("task-3"));
}

TEST_P(StoredRecord, TracesAReferralThroughEveryMessageThatTouchedIt) {
    for (const std::string id : {"m1", "m2", "m3"}) {
        commit(store(), AddMessage{message_named(id)});
    }
    const TraceEvent accepted{"m1",
                              "",
                              at_second(1),
                              "accepted",
                              "6 kB over MLLP",
                              {{"bytes", 6000}, {"duration_us", 12}}};
    const TraceEvent routed{"m1", "r1", at_second(2), "routed", "to clinic", {}};
    const TraceEvent answer{"m2", "", at_second(3), "accepted", "a Task", {}};
    const TraceEvent moved{"m2", "r1", at_second(4), "moved", "accepted", {{"delta", -1}}};
    const TraceEvent chased{"", "r1", at_second(5), "chased", "by timer", {}};
    const TraceEvent other{"m3", "r2", at_second(6), "routed", "to clinic", {}};
    for (const TraceEvent& event : {routed, accepted, answer, moved, chased, other}) {
        commit(store(), AddTrace{event});
    }
    EXPECT_THAT(store().trace("r1"), ElementsAre(accepted, routed, answer, moved, chased));
    EXPECT_THAT(store().trace("m1"), ElementsAre(accepted, routed));
    EXPECT_THAT(store().trace("nobody"), IsEmpty());
}

TEST_P(StoredRecord, RefusesATraceOfAMessageThatIsNotThere) {
    EXPECT_EQ(refusal_of(store(), AddTrace{{"nobody", "", at_second(1), "accepted", "", {}}})
                  .precondition,
              Precondition::missing);
}

TEST_P(StoredRecord, ChainsTheAuditInCommitOrder) {
    EXPECT_EQ(commit(store(), AddAudit{audit_of("m1")}), 1U);
    UnitOfWork refused;
    refused.add(AddAudit{audit_of("m2")});
    refused.add(SetMessageState{"nobody"});
    refusal_of(store(), std::move(refused));
    restart();
    EXPECT_EQ(commit(store(), AddAudit{audit_of("m3")}), 2U);
    const auto records = store().audit_after(0, 10);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].previous, Sha256{});
    EXPECT_EQ(records[0].hash, chained_hash(Sha256{}, records[0]));
    EXPECT_EQ(records[1].previous, records[0].hash);
    EXPECT_EQ(records[1].hash, chained_hash(records[0].hash, records[1]));
    EXPECT_EQ(records[1].message, "m3");
    EXPECT_EQ(records[1].actor, "gp");
    EXPECT_EQ(store().audit_after(1, 10).size(), 1U);
}

TEST_P(StoredRecord, KeepsAnArtefactByItsContentOnce) {
    const std::string map = "map \"x\" = y";
    const std::string hash = to_hex(sha256(map));
    const PutArtefact put{{hash, "map", "ref.fml", std::make_shared<const std::string>(map)}};
    commit(store(), put);
    commit(store(), put);
    ASSERT_TRUE(store().artefact(hash));
    EXPECT_EQ(*store().artefact(hash)->bytes, map);
    EXPECT_EQ(store().artefact(hash)->name, "ref.fml");
    EXPECT_FALSE(store().artefact("00"));
}

TEST_P(StoredRecord, RefusesAnArtefactUnderAnotherHash) {
    const auto refusal = refusal_of(
        store(), PutArtefact{{"00", "map", "x", std::make_shared<const std::string>("text")}});
    EXPECT_EQ(refusal.precondition, Precondition::content);
    EXPECT_EQ(refusal.found, to_hex(sha256("text")));
}

TEST_P(StoredRecord, ReportsDamageInsteadOfWrongBytes) {
    Message message = message_named("m1");
    message.digest = sha256("other bytes");
    commit(store(), AddMessage{message});
    try {
        store().message("m1");
        FAIL() << "wrong bytes were returned";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::fault);
    }
}

GATEWAY_ON_EVERY_BACKEND(StoredRecord);

}  // namespace gateway::test
