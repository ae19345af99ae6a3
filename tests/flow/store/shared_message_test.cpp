// Received messages and duties among the gateways that share a store.
#include <gmock/gmock.h>

#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

class SharedMessage : public StoreTest {
protected:
    // In the hands of "here", which is on duty until the second 100.
    void receive(const std::string& id, const std::string& order_key = "key") {
        Message message = message_named(id);
        message.order_key = order_key;
        message.holder = "here";
        commit(store(), AddMessage{message});
        hold("here", 0, 100);
    }

    void hold(const std::string& holder, std::int64_t now, std::int64_t until) {
        commit(store(), HoldDuty{duty_of(holder), holder, at_second(now), at_second(until)});
    }

    void finish(const std::string& id) {
        commit(store(), SetMessageState{id, MessageState::received, MessageState::queued});
    }

    Precondition refusal(Write write) { return refusal_of(store(), std::move(write)).precondition; }
};

}  // namespace

TEST_P(SharedMessage, WaitsForTheOlderOnesOfItsKey) {
    receive("m1");
    receive("m2");
    receive("other", "another key");
    commit(store(), AwaitTurn{"m1", "key"});
    const auto refused = refusal_of(store(), AwaitTurn{"m2", "key"});
    EXPECT_EQ(refused.precondition, Precondition::turn);
    EXPECT_EQ(refused.found, "m1");
    EXPECT_EQ(refusal(AwaitTurn{"not here yet", "key"}), Precondition::turn);
    commit(store(), AwaitTurn{"not here yet", "nobody's key"});
    finish("m1");
    commit(store(), AwaitTurn{"m2", "key"});
    EXPECT_EQ(refusal_of(store(), AwaitTurn{"not here yet", "key"}).found, "m2");
    finish("m2");
    commit(store(), AwaitTurn{"not here yet", "key"});
}

TEST_P(SharedMessage, IsTakenFromWhoIsOnDutyByNobody) {
    receive("m1");
    EXPECT_EQ(store().message("m1")->holder, "here");
    EXPECT_EQ(refusal(TakeMessage{"m1", 0, "there", at_second(99)}), Precondition::lease);
    EXPECT_EQ(commit(store(), TakeMessage{"m1", 0, "there", at_second(100)}), 1U);
    EXPECT_EQ(store().messages_in(MessageState::received, 0, 1).front().holder, "there");
    EXPECT_EQ(store().messages_in(MessageState::received, 0, 1).front().lease, 1U);
}

TEST_P(SharedMessage, IsKeptByItsLastHolderAlone) {
    receive("m1");
    commit(store(), KeepMessage{"m1", 0});
    commit(store(), TakeMessage{"m1", 0, "there", at_second(200)});
    EXPECT_EQ(refusal(KeepMessage{"m1", 0}), Precondition::lease);
    EXPECT_EQ(refusal(TakeMessage{"m1", 0, "third", at_second(200)}), Precondition::lease);
    commit(store(), KeepMessage{"m1", 1});
    finish("m1");
    EXPECT_EQ(refusal(KeepMessage{"m1", 1}), Precondition::state);
    EXPECT_EQ(refusal(TakeMessage{"m1", 1, "third", at_second(200)}), Precondition::state);
    EXPECT_EQ(refusal(KeepMessage{"nobody", 0}), Precondition::missing);
}

TEST_P(SharedMessage, IsInNobodysHandsOnceItIsReceivedAgain) {
    receive("m1");
    commit(store(), SetMessageState{"m1", MessageState::received, MessageState::quarantined});
    commit(store(), SetMessageState{"m1", MessageState::quarantined, MessageState::received});
    EXPECT_EQ(store().message("m1")->holder, "");
    EXPECT_EQ(commit(store(), TakeMessage{"m1", 0, "there", at_second(1)}), 1U);
}

TEST_P(SharedMessage, LeavesADutyToItsHolderUntilItsTimeIsOver) {
    const auto hold_alarms = [](const std::string& holder, std::int64_t now, std::int64_t until) {
        return HoldDuty{"alarms", holder, at_second(now), at_second(until), "of " + holder};
    };
    EXPECT_FALSE(store().duty("alarms"));
    commit(store(), hold_alarms("here", 0, 10));
    const auto refused = refusal_of(store(), hold_alarms("there", 9, 20));
    EXPECT_EQ(refused.precondition, Precondition::lease);
    EXPECT_EQ(refused.found, "here");
    HoldDuty longer = hold_alarms("here", 9, 15);
    longer.note.reset();
    commit(store(), longer);
    EXPECT_EQ(store().duty("alarms")->until, at_second(15));
    EXPECT_EQ(store().duty("alarms")->note, "of here");
    commit(store(), hold_alarms("there", 15, 20));
    EXPECT_EQ(store().duty("alarms")->holder, "there");
    EXPECT_EQ(store().duty("alarms")->note, "of there");
}

TEST_P(SharedMessage, ForgetsGatewaysThatAreLongGone) {
    constexpr std::int64_t month = 31LL * 24 * 3600;
    hold("gone", 0, 10);
    commit(store(), HoldDuty{"alarms", "gone", at_second(0), at_second(10)});
    hold("here", month, month + 10);
    EXPECT_FALSE(store().duty(duty_of("gone")));
    EXPECT_TRUE(store().duty(duty_of("here")));
    EXPECT_TRUE(store().duty("alarms"));
}

GATEWAY_ON_EVERY_BACKEND(SharedMessage);

}  // namespace gateway::test
