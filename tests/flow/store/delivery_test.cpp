#include <gmock/gmock.h>

#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class StoredDelivery : public StoreTest {
protected:
    StoredDelivery() { commit(store(), AddMessage{message_named("m1")}); }

    void add(const std::string& id, const std::string& order_key = "key") {
        commit(store(), AddDelivery{delivery_named(id, "m1", order_key)});
    }

    void finish(const std::string& id, DeliveryState next = DeliveryState::delivered) {
        commit(store(), FinishDelivery{id, lease(id), next, "200"});
    }
};

}  // namespace

TEST_P(StoredDelivery, ComesBackAsItWasGiven) {
    const Delivery given = delivery_named("d1", "m1");
    const std::uint64_t sequence = commit(store(), AddDelivery{given});
    const auto found = store().delivery("d1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sequence, sequence);
    EXPECT_EQ(found->message, "m1");
    EXPECT_EQ(found->referral, given.referral);
    EXPECT_EQ(found->destination, given.destination);
    EXPECT_EQ(found->kind, given.kind);
    EXPECT_EQ(found->order_key, given.order_key);
    EXPECT_EQ(found->title, given.title);
    EXPECT_EQ(found->content_type, given.content_type);
    EXPECT_EQ(found->target, given.target);
    EXPECT_EQ(*found->bytes, *given.bytes);
    EXPECT_EQ(found->created, given.created);
    EXPECT_EQ(found->next_attempt, given.next_attempt);
    EXPECT_EQ(found->state, DeliveryState::pending);
    EXPECT_EQ(found->attempts, 0U);
}

TEST_P(StoredDelivery, NeedsItsMessageAndAnIdOfItsOwn) {
    EXPECT_EQ(refusal_of(store(), AddDelivery{delivery_named("d1", "nobody")}).precondition,
              Precondition::missing);
    add("d1");
    EXPECT_EQ(refusal_of(store(), AddDelivery{delivery_named("d1", "m1")}).precondition,
              Precondition::unique_key);
}

TEST_P(StoredDelivery, IsDueWhenItsTimeHasCome) {
    add("d1");
    EXPECT_THAT(due(9), IsEmpty());
    EXPECT_THAT(due(10), ElementsAre("d1"));
    EXPECT_EQ(store().next_attempt("clinic"), at_second(10));
    EXPECT_EQ(store().next_attempt("elsewhere"), std::nullopt);
    EXPECT_THAT(store().due_deliveries("elsewhere", {at_second(100)}, 10), IsEmpty());
}

// Its time was written before the wall clock was set back.
TEST_P(StoredDelivery, IsDueWhereItsTimeLiesBeyondTheLongestWait) {
    add("d1");
    const auto due_at_5 = [&](std::int64_t longest_wait) {
        return store().due_deliveries("clinic", {at_second(5), at_second(longest_wait)}, 10).size();
    };
    EXPECT_EQ(due_at_5(10), 0U);
    EXPECT_EQ(due_at_5(9), 1U);
}

TEST_P(StoredDelivery, IsDueInOrderWithinItsKeyAndSideBySideAcrossKeys) {
    add("a1", "a");
    add("a2", "a");
    add("b1", "b");
    EXPECT_THAT(due(), ElementsAre("a1", "b1"));
    finish("a1");
    EXPECT_THAT(due(), ElementsAre("a2", "b1"));
}

TEST_P(StoredDelivery, WithoutAnOrderKeyWaitsForNoOther) {
    add("d1", "");
    add("d2", "");
    EXPECT_THAT(due(), ElementsAre("d1", "d2"));
    finish("d2");
    EXPECT_THAT(due(), ElementsAre("d1"));
}

TEST_P(StoredDelivery, OfAnotherDestinationIsALaneOfItsOwn) {
    add("d1");
    Delivery other = delivery_named("d2", "m1");
    other.destination = "community";
    commit(store(), AddDelivery{other});
    EXPECT_THAT(due(), ElementsAre("d1"));
    EXPECT_EQ(store().due_deliveries("community", {at_second(100)}, 10).front().id, "d2");
}

TEST_P(StoredDelivery, ThatWaitsForItsTimeHoldsUpItsKey) {
    add("d1");
    add("d2");
    commit(store(), RescheduleDelivery{"d1", lease("d1"), at_second(500), "timeout"});
    EXPECT_THAT(due(100), IsEmpty());
    EXPECT_THAT(due(500), ElementsAre("d1"));
    EXPECT_EQ(store().next_attempt("clinic"), at_second(500));
    EXPECT_EQ(store().delivery("d1")->outcome, "timeout");
    EXPECT_EQ(store().delivery("d1")->attempts, 1U);
}

TEST_P(StoredDelivery, IsGivenToOneWorkerOnly) {
    add("d1");
    commit(store(), LeaseDelivery{"d1", 0, at_second(100), at_second(200)});
    const auto refusal =
        refusal_of(store(), LeaseDelivery{"d1", 0, at_second(100), at_second(200)});
    EXPECT_EQ(refusal.precondition, Precondition::lease);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_EQ(store().delivery("d1")->state, DeliveryState::leased);
}

TEST_P(StoredDelivery, IsNotLeasedBeforeItsTurn) {
    add("d1");
    add("d2");
    EXPECT_EQ(
        refusal_of(store(), LeaseDelivery{"d2", 0, at_second(100), at_second(200)}).precondition,
        Precondition::lease);
}

TEST_P(StoredDelivery, MayBeTakenOverWhenTheLeaseHasRunOut) {
    add("d1");
    const std::uint64_t first = lease("d1", 200);
    EXPECT_THAT(due(200), IsEmpty());
    EXPECT_THAT(due(201), ElementsAre("d1"));
    const std::uint64_t second =
        commit(store(), LeaseDelivery{"d1", first, at_second(201), at_second(300)});
    EXPECT_GT(second, first);
    // The first worker comes back late: it is fenced off.
    EXPECT_EQ(refusal_of(store(), FinishDelivery{"d1", first, DeliveryState::delivered, "200"})
                  .precondition,
              Precondition::lease);
    EXPECT_EQ(refusal_of(store(), RescheduleDelivery{"d1", first, at_second(400), ""}).precondition,
              Precondition::lease);
    commit(store(), FinishDelivery{"d1", second, DeliveryState::delivered, "200"});
    EXPECT_EQ(store().delivery("d1")->attempts, 2U);
}

TEST_P(StoredDelivery, IsFinishedOnce) {
    add("d1");
    const std::uint64_t token = lease("d1");
    commit(store(), FinishDelivery{"d1", token, DeliveryState::delivered, "200"});
    EXPECT_EQ(refusal_of(store(), FinishDelivery{"d1", token, DeliveryState::delivered, "200"})
                  .precondition,
              Precondition::lease);
    EXPECT_EQ(store().delivery("d1")->state, DeliveryState::delivered);
    EXPECT_EQ(store().delivery("d1")->outcome, "200");
}

TEST_P(StoredDelivery, ThatIsTheLastOfItsMessageMarksThatSent) {
    commit(store(), SetMessageState{"m1", MessageState::received, MessageState::queued, "", ""});
    add("d1");
    add("d2", "another");
    finish("d1");
    commit(store(), MarkSent{"m1"});
    EXPECT_EQ(store().message_state("m1"), MessageState::queued);
    finish("d2");
    commit(store(), MarkSent{"m1"});
    EXPECT_EQ(store().message_state("m1"), MessageState::sent);
}

TEST_P(StoredDelivery, MarksNoMessageSentThatNeedsAPerson) {
    commit(store(),
           SetMessageState{"m1", MessageState::received, MessageState::quarantined, "why", ""});
    add("d1");
    finish("d1");
    commit(store(), MarkSent{"m1"});
    EXPECT_EQ(store().message("m1")->state, MessageState::quarantined);
    EXPECT_EQ(store().message("m1")->reason, "why");
}

TEST_P(StoredDelivery, RefusesAnEndThatIsNone) {
    add("d1");
    EXPECT_EQ(refusal_of(store(), FinishDelivery{"d1", lease("d1"), DeliveryState::pending, ""})
                  .precondition,
              Precondition::content);
}

TEST_P(StoredDelivery, KeepsItsTurnAcrossARestart) {
    add("d1");
    add("d2");
    finish("d1");
    restart();
    add("d3");
    EXPECT_THAT(due(), ElementsAre("d2"));
}

TEST_P(StoredDelivery, ThatIsHeldStopsItsKeyUntilReleased) {
    add("d1");
    add("d2");
    commit(store(), MoveDelivery{"d1", DeliveryState::pending, DeliveryState::held, {}, "by op"});
    EXPECT_THAT(due(), IsEmpty());
    commit(store(), MoveDelivery{"d1", DeliveryState::held, DeliveryState::pending, at_second(20),
                                 "released"});
    EXPECT_THAT(due(), ElementsAre("d1"));
}

TEST_P(StoredDelivery, ThatIsHeldByItsWorkerStopsItsKey) {
    add("d1");
    add("d2");
    finish("d1", DeliveryState::held);
    EXPECT_THAT(due(), IsEmpty());
}

TEST_P(StoredDelivery, ThatIsQuarantinedLetsItsKeyGoOn) {
    add("d1");
    add("d2");
    finish("d1", DeliveryState::quarantined);
    EXPECT_THAT(due(), ElementsAre("d2"));
}

TEST_P(StoredDelivery, ThatIsQuarantinedMayHoldUpItsKeyAlsoForThoseThatComeLater) {
    add("d1");
    add("d2");
    commit(store(), FinishDelivery{"d1", lease("d1"), DeliveryState::quarantined, "poison",
                                   LaterOnes::wait});
    add("d3");
    add("e1", "other");
    EXPECT_THAT(due(), ElementsAre("e1"));
    EXPECT_TRUE(store().delivery_record("d1")->blocks);
    restart();
    EXPECT_THAT(due(), ElementsAre("e1"));
    commit(store(), MoveDelivery{"d1", DeliveryState::quarantined, DeliveryState::quarantined,
                                 at_second(20), "go on"});
    EXPECT_THAT(due(), ElementsAre("d2", "e1"));
    EXPECT_FALSE(store().delivery_record("d1")->blocks);
}

TEST_P(StoredDelivery, ThatIsReplayedOutOfAHeldUpKeyHasItsTurn) {
    add("d1");
    add("d2");
    commit(store(), FinishDelivery{"d1", lease("d1"), DeliveryState::quarantined, "poison",
                                   LaterOnes::wait});
    commit(store(), MoveDelivery{"d1", DeliveryState::quarantined, DeliveryState::pending,
                                 at_second(20), "replay"});
    EXPECT_THAT(due(), ElementsAre("d1"));
    finish("d1");
    EXPECT_THAT(due(), ElementsAre("d2"));
}

TEST_P(StoredDelivery, OfNoOrderKeyHoldsUpNobody) {
    add("d1", "");
    add("d2", "");
    commit(store(), FinishDelivery{"d1", lease("d1"), DeliveryState::quarantined, "poison",
                                   LaterOnes::wait});
    EXPECT_FALSE(store().delivery_record("d1")->blocks);
    EXPECT_THAT(due(), ElementsAre("d2"));
}

TEST_P(StoredDelivery, CountsEqualFailuresUntilAPersonSetsItFree) {
    add("d1");
    const Instant made = store().delivery("d1")->created;
    EXPECT_EQ(store().delivery("d1")->budget_from, made);
    commit(store(), RescheduleDelivery{"d1", lease("d1"), at_second(30), "HTTP 500", 4});
    EXPECT_EQ(store().delivery("d1")->failures, 4U);
    commit(store(), MoveDelivery{"d1", DeliveryState::pending, DeliveryState::held, {}, "by op"});
    EXPECT_EQ(store().delivery("d1")->failures, 4U);
    commit(store(), MoveDelivery{"d1", DeliveryState::held, DeliveryState::pending, at_second(70),
                                 "released"});
    EXPECT_EQ(store().delivery("d1")->failures, 0U);
    EXPECT_EQ(store().delivery("d1")->attempts, 0U);
    EXPECT_EQ(store().delivery("d1")->budget_from, at_second(70));
}

TEST_P(StoredDelivery, ThatIsReplayedGoesBeforeTheYoungerOnes) {
    add("d1");
    add("d2");
    add("d3");
    finish("d1", DeliveryState::quarantined);
    commit(store(), MoveDelivery{"d1", DeliveryState::quarantined, DeliveryState::pending,
                                 at_second(20), "replay"});
    EXPECT_THAT(due(), ElementsAre("d1"));
    finish("d1");
    EXPECT_THAT(due(), ElementsAre("d2"));
    finish("d2");
    EXPECT_THAT(due(), ElementsAre("d3"));
}

TEST_P(StoredDelivery, ThatIsReplayedWaitsForTheOneUnderWay) {
    add("d1");
    add("d2");
    finish("d1", DeliveryState::quarantined);
    const std::uint64_t under_way = lease("d2");
    commit(store(), MoveDelivery{"d1", DeliveryState::quarantined, DeliveryState::pending,
                                 at_second(20), "replay"});
    EXPECT_THAT(due(), IsEmpty());
    commit(store(), RescheduleDelivery{"d2", under_way, at_second(30), "timeout"});
    EXPECT_THAT(due(), ElementsAre("d1"));
}

TEST_P(StoredDelivery, ThatIsReplayedGoesBeforeAHeldOne) {
    add("d1");
    add("d2");
    finish("d1", DeliveryState::quarantined);
    const std::uint64_t under_way = lease("d2");
    commit(store(), MoveDelivery{"d1", DeliveryState::quarantined, DeliveryState::pending,
                                 at_second(20), "replay"});
    commit(store(), FinishDelivery{"d2", under_way, DeliveryState::held, "by rule"});
    EXPECT_THAT(due(), ElementsAre("d1"));
    finish("d1");
    EXPECT_THAT(due(), IsEmpty());
}

TEST_P(StoredDelivery, ThatIsTakenOutByAPersonLetsItsKeyGoOn) {
    add("d1");
    add("d2");
    commit(store(), MoveDelivery{"d1", DeliveryState::pending, DeliveryState::quarantined,
                                 at_second(20), "by op"});
    EXPECT_THAT(due(), ElementsAre("d2"));
}

TEST_P(StoredDelivery, ThatIsDeliveredMayBeSentAgainByAPerson) {
    add("d1");
    finish("d1");
    commit(store(), MoveDelivery{"d1", DeliveryState::delivered, DeliveryState::pending,
                                 at_second(20), "replay"});
    EXPECT_THAT(due(), ElementsAre("d1"));
}

TEST_P(StoredDelivery, IsNotMovedWhileLeasedNorFromAnotherState) {
    add("d1");
    EXPECT_EQ(refusal_of(store(), MoveDelivery{"d1", DeliveryState::held, DeliveryState::pending,
                                               at_second(20), ""})
                  .found,
              "pending");
    lease("d1");
    EXPECT_EQ(refusal_of(store(), MoveDelivery{"d1", DeliveryState::leased, DeliveryState::held,
                                               at_second(20), ""})
                  .precondition,
              Precondition::state);
}

TEST_P(StoredDelivery, IsListedAndCountedForTheOperator) {
    add("d1");
    add("d2");
    add("d3", "other");
    finish("d1");
    finish("d3", DeliveryState::quarantined);
    const auto pending = store().deliveries_in(DeliveryState::pending, "clinic", 0, 10);
    ASSERT_EQ(pending.size(), 1U);
    EXPECT_EQ(pending.front().id, "d2");
    EXPECT_EQ(pending.front().bytes, nullptr);
    EXPECT_EQ(store().deliveries_in(DeliveryState::quarantined, "", 0, 10).size(), 1U);
    std::vector<DeliveryState> counted;
    for (const DeliveryCount& count : store().delivery_counts()) {
        counted.push_back(count.state);
        EXPECT_EQ(count.count, 1U);
        EXPECT_EQ(count.oldest, at_second(10));
    }
    EXPECT_THAT(counted, UnorderedElementsAre(DeliveryState::pending, DeliveryState::quarantined));
    EXPECT_EQ(store().deliveries_of("m1").size(), 3U);
}

TEST_P(StoredDelivery, IsListedBySequenceAcrossDestinations) {
    for (const std::string id : {"d1", "d2", "d3", "d4"}) {
        Delivery delivery = delivery_named(id, "m1", id);
        delivery.destination = id == "d2" || id == "d4" ? "community" : "clinic";
        commit(store(), AddDelivery{delivery});
    }
    finish("d1");
    finish("d4");
    const auto ids_in = [this](DeliveryState state, const std::string& destination,
                               std::size_t limit = 10) {
        std::vector<std::string> ids;
        for (const Delivery& each : store().deliveries_in(state, destination, 0, limit)) {
            ids.push_back(each.id);
        }
        return ids;
    };
    EXPECT_THAT(ids_in(DeliveryState::pending, ""), ElementsAre("d2", "d3"));
    EXPECT_THAT(ids_in(DeliveryState::pending, "", 1), ElementsAre("d2"));
    EXPECT_THAT(ids_in(DeliveryState::pending, "clinic"), ElementsAre("d3"));
    EXPECT_THAT(ids_in(DeliveryState::delivered, ""), ElementsAre("d1", "d4"));
    EXPECT_THAT(ids_in(DeliveryState::delivered, "community"), ElementsAre("d4"));
}

TEST_P(StoredDelivery, IsLimitedToTheOldestThatAreDue) {
    for (const std::string id : {"d1", "d2", "d3"}) {
        add(id, id);
    }
    const auto found = store().due_deliveries("clinic", {at_second(100)}, 2);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found.front().id, "d1");
}

GATEWAY_ON_EVERY_BACKEND(StoredDelivery);

}  // namespace gateway::test
