#include "gateway/flow/deliver/queue.h"

#include <gmock/gmock.h>

#include <future>

#include "gateway/flow/deliver/queue_desk.h"
#include "gateway/flow/deliver/queue_view.h"
#include "gateway/format/json/writer.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> ids_of(const std::vector<Delivery>& deliveries) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : deliveries) {
        ids.push_back(delivery.id);
    }
    return ids;
}

class FixedClock final : public Clock {
public:
    Instant now() const override { return at_second(50); }

    std::chrono::steady_clock::time_point steady() const override { return {}; }
};

class QueueTest : public StoreTest {
protected:
    QueueTest() {
        Message message = message_named("m1");
        message.state = MessageState::queued;
        commit(store(), AddMessage{message});
    }

    void add(const std::string& id, const std::string& destination = "clinic",
             const std::string& order_key = "key") {
        Delivery delivery = delivery_named(id, "m1", order_key);
        delivery.destination = destination;
        commit(store(), AddDelivery{delivery});
    }

    void quarantine(const std::string& id, LaterOnes later = LaterOnes::go_on) {
        UnitOfWork unit;
        unit.add(FinishDelivery{id, lease(id), DeliveryState::quarantined, "MSA-1 AR", later});
        if (store().message_state("m1") == MessageState::queued) {
            unit.add(SetMessageState{"m1", MessageState::queued, MessageState::quarantined, ""});
        }
        commit(store(), std::move(unit));
    }

    std::vector<ActResult> apply(QueueAct act, std::vector<std::string> ids) {
        std::promise<std::vector<ActResult>> done;
        QueueDesk(
            store(), clock_, [this](const std::string& to) { freed_.push_back(to); },
            [this] { ++received_; })
            .apply({act, "ada", std::move(ids)},
                   [&](std::vector<ActResult> results) { done.set_value(std::move(results)); });
        return done.get_future().get();
    }

    FixedClock clock_;
    std::vector<std::string> freed_;
    int received_ = 0;
};

TEST_P(QueueTest, SelectsWhatAFilterTakes) {
    add("a", "clinic", "1");
    add("b", "community", "2");
    add("c", "clinic", "3");
    add("d", "clinic", "4");
    quarantine("c");
    commit(store(), FinishDelivery{"d", lease("d"), DeliveryState::delivered, "HTTP 200"});
    const Instant made = store().delivery_record("a")->created;
    const auto found = [&](const QueueFilter& filter) {
        return ids_of(select_deliveries(store(), filter, 10));
    };
    EXPECT_THAT(found({}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(found({.destination = "clinic"}), ElementsAre("a", "c"));
    EXPECT_THAT(found({.states = {DeliveryState::quarantined}}), ElementsAre("c"));
    EXPECT_THAT(found({.states = {DeliveryState::delivered}}), ElementsAre("d"));
    EXPECT_THAT(found({.destination = "community", .message = "m1"}), ElementsAre("b"));
    EXPECT_THAT(found({.message = "m2"}), IsEmpty());
    EXPECT_THAT(found({.created_before = made}), IsEmpty());
    EXPECT_THAT(found({.created_before = made + std::chrono::seconds(1)}),
                ElementsAre("a", "b", "c"));
    EXPECT_THAT(found({.created_after = made}), IsEmpty());
}

TEST_P(QueueTest, SelectsWhatNeverCameAsFarAsADelivery) {
    add("a");
    quarantine("a");
    for (const std::string id : {"s1", "s2", "s3"}) {
        Message message = message_named(id);
        message.state = MessageState::quarantined;
        message.sender.partner = id == "s2" ? "ward" : "gp";
        message.reason = id == "s3" ? "No map for SIU^S12" : "no route";
        commit(store(), AddMessage{message});
    }
    const Instant made = store().message("s1")->received;
    const auto found = [&](const QueueFilter& filter, std::size_t limit = 10) {
        std::vector<std::string> ids;
        for (const Message& message : select_stranded(store(), filter, limit)) {
            ids.push_back(message.id);
        }
        return ids;
    };
    EXPECT_THAT(found({}), ElementsAre("s1", "s2", "s3"));
    EXPECT_THAT(found({}, 2), ElementsAre("s1", "s2"));
    EXPECT_THAT(found({}, 0), IsEmpty());
    EXPECT_THAT(found({.from = "gp"}), ElementsAre("s1", "s3"));
    EXPECT_THAT(found({.from = "gp"}, 1), ElementsAre("s1"));
    EXPECT_THAT(found({.reason = "no MAP"}), ElementsAre("s3"));
    EXPECT_THAT(found({.message = "s2"}), ElementsAre("s2"));
    EXPECT_THAT(found({.destination = "clinic"}), IsEmpty());
    EXPECT_THAT(found({.states = {DeliveryState::held}}), IsEmpty());
    EXPECT_THAT(found({.states = {DeliveryState::quarantined}}), ElementsAre("s1", "s2", "s3"));
    EXPECT_THAT(found({.created_before = made}), IsEmpty());
    EXPECT_THAT(found({.created_after = made}), IsEmpty());

    EXPECT_THAT(ids_of(select_deliveries(store(), {.from = "gp"}, 10)), IsEmpty());
    EXPECT_THAT(ids_of(select_deliveries(store(), {.reason = "msa-1 ar"}, 10)), ElementsAre("a"));
    const auto counts = count_stranded(store(), {});
    ASSERT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts[0].from, "gp");
    EXPECT_EQ(counts[0].count, 2U);
    EXPECT_EQ(counts[0].oldest, made);
    EXPECT_THAT(count_deliveries(store(), {.from = "gp"}), IsEmpty());
    const std::string json = write_json(queue_document({.deliveries = {},
                                                        .stranded = select_stranded(store(), {}, 1),
                                                        .counts = {},
                                                        .stranded_counts = counts,
                                                        .more = MoreFollow::yes}));
    EXPECT_THAT(json, HasSubstr(R"("message":[{"id":"s1","state":"quarantined","from":"gp")"));
    EXPECT_THAT(json, HasSubstr(R"("count":[{"from":"gp","state":"quarantined","count":2)"));
}

TEST_P(QueueTest, SelectsTheOldestUpToTheLimitAcrossStates) {
    add("a", "clinic", "1");
    add("b", "clinic", "2");
    add("c", "clinic", "3");
    quarantine("a");
    EXPECT_THAT(ids_of(select_deliveries(store(), {}, 2)), ElementsAre("a", "b"));
}

TEST_P(QueueTest, HoldsAWaitingOneAndReleasesItInItsTurn) {
    add("a");
    add("b");
    EXPECT_EQ(apply(QueueAct::hold, {"a"})[0].next, DeliveryState::held);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_THAT(freed_, IsEmpty());
    EXPECT_EQ(apply(QueueAct::release, {"a"})[0].next, DeliveryState::pending);
    EXPECT_THAT(due(), ElementsAre("a"));
    EXPECT_THAT(freed_, ElementsAre("clinic"));
    EXPECT_EQ(store().delivery_record("a")->budget_from, at_second(50));
}

TEST_P(QueueTest, LetsAQuarantinedMessageGoThroughItsStepsAgain) {
    Message message = message_named("m2");
    message.state = MessageState::quarantined;
    commit(store(), AddMessage{message});
    EXPECT_FALSE(apply(QueueAct::hold, {"m2"})[0].next);
    EXPECT_EQ(received_, 0);
    EXPECT_EQ(apply(QueueAct::replay, {"m2"})[0].next, DeliveryState::pending);
    EXPECT_EQ(received_, 1);
    EXPECT_THAT(freed_, IsEmpty());
    EXPECT_EQ(store().message_state("m2"), MessageState::received);
    const auto audit = store().audit_after(0, 10);
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].actor, "ada");
    EXPECT_EQ(audit[0].message, "m2");
    EXPECT_FALSE(apply(QueueAct::replay, {"m2"})[0].next);
}

TEST_P(QueueTest, SendsToItsDeliveriesWhoNamesTheMessageOfSome) {
    add("a");
    quarantine("a");
    const ActResult result = apply(QueueAct::replay, {"m1"})[0];
    EXPECT_FALSE(result.next);
    EXPECT_THAT(result.text, HasSubstr("--message"));
}

TEST_P(QueueTest, WritesEachActIntoTheAuditWithItsEffect) {
    add("a");
    apply(QueueAct::hold, {"a"});
    const auto audit = store().audit_after(0, 10);
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].action, AuditAction::operate);
    EXPECT_EQ(audit[0].actor, "ada");
    EXPECT_EQ(audit[0].delivery, "a");
    EXPECT_EQ(audit[0].outcome, "held");
    EXPECT_EQ(store().trace("m1").back().text, "Bundle to clinic: held by ada");
}

TEST_P(QueueTest, ReplaysAQuarantinedOneAfreshAndItsMessageWithIt) {
    add("a");
    add("b");
    quarantine("a");
    EXPECT_EQ(apply(QueueAct::replay, {"a"})[0].next, DeliveryState::pending);
    EXPECT_THAT(due(), ElementsAre("a"));
    EXPECT_EQ(store().message_state("m1"), MessageState::queued);
    EXPECT_EQ(store().delivery_record("a")->attempts, 0U);
}

TEST_P(QueueTest, KeepsAMessageInQuarantineWhileAnotherOfItsDeliveriesIs) {
    add("a", "clinic");
    add("b", "community");
    quarantine("a");
    const std::uint64_t held =
        commit(store(), LeaseDelivery{"b", 0, at_second(20), at_second(1000)});
    commit(store(), FinishDelivery{"b", held, DeliveryState::quarantined, "HTTP 400"});
    apply(QueueAct::replay, {"a"});
    EXPECT_EQ(store().message_state("m1"), MessageState::quarantined);
    apply(QueueAct::replay, {"b"});
    EXPECT_EQ(store().message_state("m1"), MessageState::queued);
}

TEST_P(QueueTest, ReleasesWhatWaitsBehindAQuarantinedOneThatStays) {
    add("a");
    add("b");
    quarantine("a", LaterOnes::wait);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_EQ(apply(QueueAct::release, {"a"})[0].next, DeliveryState::quarantined);
    EXPECT_THAT(due(), ElementsAre("b"));
    EXPECT_EQ(store().delivery_record("a")->outcome, "MSA-1 AR");
}

TEST_P(QueueTest, SaysOfEachWhyItWasNotChanged) {
    add("a");
    lease("a");
    const auto results = apply(QueueAct::hold, {"a", "nobody"});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].next, std::nullopt);
    EXPECT_THAT(results[0].text, HasSubstr("being sent at this moment"));
    EXPECT_EQ(results[1].delivery, "nobody");
    EXPECT_THAT(results[1].text, HasSubstr("not in this store"));
    EXPECT_THAT(store().audit_after(0, 10), IsEmpty());
}

TEST_P(QueueTest, SaysThatNobodyCanReadWhatRetentionDestroyed) {
    add("a");
    const std::uint64_t held = lease("a");
    UnitOfWork unit;
    unit.add(FinishDelivery{"a", held, DeliveryState::delivered, "200"});
    unit.add(SetMessageState{"m1", MessageState::queued, MessageState::sent});
    unit.add(DestroyPayloadKeys{"m1", at_second(60)});
    commit(store(), std::move(unit));
    const ActResult result = apply(QueueAct::replay, {"a"})[0];
    EXPECT_FALSE(result.next);
    EXPECT_THAT(result.text, HasSubstr("nobody can read its bytes any more (store.retention)"));
}

TEST_P(QueueTest, ChangesNothingThatHasMovedSinceItWasRead) {
    add("a");
    const Delivery read = *store().delivery_record("a");
    lease("a");
    EXPECT_EQ(refusal_of(store(), operate(store(), read, QueueAct::hold, DeliveryState::held,
                                          {"ada", at_second(50)}))
                  .precondition,
              Precondition::state);
    EXPECT_THAT(store().audit_after(0, 10), IsEmpty());
}

GATEWAY_ON_EVERY_BACKEND(QueueTest);

struct Plan {
    QueueAct act;
    DeliveryState state;
    bool blocks;
    std::optional<DeliveryState> next;
};

class PlanTest : public testing::TestWithParam<Plan> {};

TEST_P(PlanTest, IsWhatTheActDoesToTheState) {
    Delivery delivery;
    delivery.state = GetParam().state;
    delivery.blocks = GetParam().blocks;
    const ActPlan plan = plan_act(GetParam().act, delivery);
    EXPECT_EQ(plan.next, GetParam().next);
    EXPECT_FALSE(plan.text.empty());
}

using enum DeliveryState;

INSTANTIATE_TEST_SUITE_P(Acts, PlanTest,
                         testing::Values(Plan{QueueAct::hold, pending, false, held},
                                         Plan{QueueAct::hold, leased, false, {}},
                                         Plan{QueueAct::hold, held, false, {}},
                                         Plan{QueueAct::hold, delivered, false, {}},
                                         Plan{QueueAct::hold, quarantined, true, {}},
                                         Plan{QueueAct::release, held, false, pending},
                                         Plan{QueueAct::release, quarantined, true, quarantined},
                                         Plan{QueueAct::release, quarantined, false, {}},
                                         Plan{QueueAct::release, pending, false, {}},
                                         Plan{QueueAct::replay, quarantined, false, pending},
                                         Plan{QueueAct::replay, quarantined, true, pending},
                                         Plan{QueueAct::replay, delivered, false, pending},
                                         Plan{QueueAct::replay, held, false, {}},
                                         Plan{QueueAct::replay, leased, false, {}}));

TEST(QueueView, CarriesARequestAndItsResultsThereAndBack) {
    const ActRequest request = request_in(request_document({QueueAct::hold, "ada", {"a", "b"}}));
    EXPECT_EQ(request.actor, "ada");
    EXPECT_THAT(request.deliveries, ElementsAre("a", "b"));
    const auto results =
        results_in(results_document({{"a", held, "is held"}, {"b", std::nullopt, "is not"}}));
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].next, held);
    EXPECT_EQ(results[1].delivery, "b");
    EXPECT_EQ(results[1].next, std::nullopt);
    EXPECT_EQ(results[1].text, "is not");
}

}  // namespace
}  // namespace gateway::test
