// What `store verify` finds: on every backend each kind of damage has its own sentence.
#include "gateway/flow/store/sql/inspect.h"

#include <gmock/gmock.h>

#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreInspection : public StoreTest {
protected:
    StoreInspection() {
        for (const std::string id : {"m1", "m2"}) {
            UnitOfWork unit;
            unit.add(AddMessage{message_named(id)});
            unit.add(PutResource{{"Patient", "p-" + id, 0, id, "", bytes(), at_second(10)}});
            unit.add(AddSearchToken{"Patient", "p-" + id, 1, "identifier", "t-" + id});
            unit.add(AddDelivery{delivery_named("d-" + id, id)});
            unit.add(AddAnswer{{id, "application/hl7-v2", "AA", bytes(), at_second(10)}});
            unit.add(AddAudit{audit_of(id)});
            unit.add(AddTrace{{id, "", at_second(10), "accepted", "", {}}});
            commit(store(), std::move(unit));
        }
        const auto map = std::make_shared<const std::string>("map");
        commit(store(), PutArtefact{{to_hex(sha256(*map)), "map", "one", map}});
    }

    static std::shared_ptr<const std::string> bytes() {
        return std::make_shared<const std::string>("bytes");
    }

    std::string fault() const { return inspect().fault.value_or("none"); }
};

}  // namespace

TEST_P(StoreInspection, FindsAWholeStoreSound) {
    const StoreReport report = inspect();
    EXPECT_EQ(report.fault.value_or("none"), "none");
    EXPECT_EQ(report.counts.messages, 2U);
    EXPECT_EQ(report.counts.answers, 2U);
    EXPECT_EQ(report.counts.deliveries, 2U);
    EXPECT_EQ(report.counts.unfinished, 2U);
    EXPECT_EQ(report.counts.resources, 2U);
    EXPECT_EQ(report.counts.artefacts, 1U);
    EXPECT_EQ(report.counts.payloads_opened, 9U);
    EXPECT_EQ(report.mark.messages, 2U);
    EXPECT_EQ(report.mark.changes, 2U);
    EXPECT_EQ(report.mark.audit_records, 2U);
    EXPECT_EQ(report.mark.audit_last, store().audit_after(1, 1).front().hash);
    ASSERT_EQ(report.keys.size(), 1U);
    EXPECT_EQ(report.keys.front().id, keys_of("a")->current());
    EXPECT_EQ(report.keys.front().data_keys, 4U);
}

TEST_P(StoreInspection, FindsAnEmptyStoreSound) {
    restart();
    EXPECT_EQ(fault(), "none");
}

TEST_P(StoreInspection, NamesThePayloadThatIsDamaged) {
    execute(
        "UPDATE payload SET digest = (SELECT digest FROM payload WHERE id = 1) WHERE id = "
        "(SELECT payload FROM delivery WHERE id = 'd-m2')");
    EXPECT_THAT(fault(), HasSubstr("delivery delivery/d-m2: the payload differs"));
}

TEST_P(StoreInspection, NamesThePayloadInAnotherPlace) {
    execute(
        "UPDATE message SET payload = (SELECT payload FROM message WHERE id = 'm2') "
        "WHERE id = 'm1'");
    EXPECT_THAT(fault(), HasSubstr("message/m1"));
}

TEST_P(StoreInspection, NamesTheKeyThatIsNotThere) {
    EXPECT_THAT(inspect("b").fault.value_or("none"),
                HasSubstr("wrapped under the master key " + keys_of("a")->current()));
}

TEST_P(StoreInspection, CountsTheDataKeysOfEachMasterKey) {
    const auto uses = store().master_key_uses();
    ASSERT_EQ(uses.size(), 1U);
    EXPECT_EQ(uses.front().id, keys_of("a")->current());
    EXPECT_EQ(uses.front().data_keys, 4U);
}

TEST_P(StoreInspection, NamesTheRecordWithoutItsMessage) {
    execute("UPDATE delivery SET message = 99 WHERE id = 'd-m2'");
    EXPECT_THAT(fault(), HasSubstr("the message of delivery d-m2 is not there"));
}

TEST_P(StoreInspection, NamesTheLaneWithoutAHead) {
    execute("UPDATE delivery SET head = 0");
    EXPECT_THAT(fault(), HasSubstr("a lane to clinic has not exactly one"));
}

TEST_P(StoreInspection, NamesTheResourceThatLostAVersion) {
    execute("UPDATE resource SET version = 2 WHERE id = 'p-m1'");
    EXPECT_THAT(fault(), HasSubstr("a version of Patient/p-m1 is missing"));
}

TEST_P(StoreInspection, FindsARecordThatWasTakenAway) {
    execute("DELETE FROM answer WHERE message = 2");
    EXPECT_THAT(fault(), HasSubstr("there are 1 payloads more"));
}

TEST_P(StoreInspection, FindsAnArtefactThatIsNotWhatItsHashSays) {
    execute("UPDATE artefact SET hash = 'ffff'");
    EXPECT_THAT(fault(), HasSubstr("artefact ffff: its bytes are not those of its hash"));
}

GATEWAY_ON_EVERY_BACKEND(StoreInspection);

}  // namespace gateway::test
