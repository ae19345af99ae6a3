#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/flow/store/store_fixture.h"

namespace gateway::test {

namespace {

class StoredMessage : public StoreTest {};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> ids_of(const std::vector<Message>& messages) {
    std::vector<std::string> ids;
    for (const Message& message : messages) {
        ids.push_back(message.id);
    }
    return ids;
}

AddAnswer answer_to(const std::string& message) {
    return {{message, "application/hl7-v2", "AA",
             std::make_shared<const std::string>("MSA|AA|" + message), at_second(11)}};
}

}  // namespace

TEST_P(StoredMessage, ComesBackAsItWasGiven) {
    Message given = message_named("m1");
    given.reason = "because";
    const std::uint64_t sequence = commit(store(), AddMessage{given});
    const auto found = store().message("m1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sequence, sequence);
    EXPECT_EQ(*found->bytes, *given.bytes);
    EXPECT_EQ(found->digest, given.digest);
    EXPECT_EQ(found->sender, given.sender);
    EXPECT_EQ(found->channel, given.channel);
    EXPECT_EQ(found->order_key, given.order_key);
    EXPECT_EQ(found->content_type, given.content_type);
    EXPECT_EQ(found->control_id, given.control_id);
    EXPECT_EQ(found->duplicate_key, given.duplicate_key);
    EXPECT_EQ(found->duplicate_digest, given.duplicate_digest);
    EXPECT_EQ(found->received, given.received);
    EXPECT_EQ(found->state, MessageState::received);
    EXPECT_EQ(found->reason, given.reason);
    EXPECT_EQ(found->settings_hash, given.settings_hash);
}

TEST_P(StoredMessage, IsNotFoundBeforeItIsThere) {
    EXPECT_FALSE(store().message("m1"));
    EXPECT_FALSE(store().message(""));
}

TEST_P(StoredMessage, IsOnDiskWhenTheContinuationRuns) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    std::promise<bool> found;
    store().submit(
        std::move(unit), [](const std::function<void()>& task) { task(); },
        [&](const Outcome&) { found.set_value(store().message("m1").has_value()); });
    EXPECT_TRUE(found.get_future().get());
}

TEST_P(StoredMessage, RunsTheContinuationThroughTheExecutorGiven) {
    std::promise<std::function<void()>> posted;
    std::atomic<bool> ran = false;
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    store().submit(
        std::move(unit), [&](std::function<void()> task) { posted.set_value(std::move(task)); },
        [&](const Outcome&) { ran = true; });
    const auto task = posted.get_future().get();
    EXPECT_FALSE(ran);
    task();
    EXPECT_TRUE(ran);
}

TEST_P(StoredMessage, GetsReceiveSequencesThatRise) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    unit.add(AddMessage{message_named("m2")});
    const auto assigned = commit(store(), std::move(unit));
    EXPECT_LT(assigned[0], assigned[1]);
    EXPECT_LT(assigned[1], commit(store(), AddMessage{message_named("m3")}));
}

TEST_P(StoredMessage, RefusesADuplicateKeyAndNamesWhoHoldsIt) {
    commit(store(), AddMessage{message_named("m1")});
    Message again = message_named("m2");
    again.duplicate_key = message_named("m1").duplicate_key;
    const auto refusal = refusal_of(store(), AddMessage{again});
    EXPECT_EQ(refusal.precondition, Precondition::unique_key);
    EXPECT_EQ(refusal.found, "m1");
    EXPECT_FALSE(store().message("m2"));
}

TEST_P(StoredMessage, RefusesADuplicateWithinOneUnit) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    Message again = message_named("m2");
    again.duplicate_key = message_named("m1").duplicate_key;
    unit.add(AddMessage{again});
    EXPECT_EQ(refusal_of(store(), std::move(unit)).write, 1U);
    EXPECT_FALSE(store().message("m1"));
}

TEST_P(StoredMessage, MayShareADuplicateKeyWithAnotherPartner) {
    commit(store(), AddMessage{message_named("m1")});
    Message other = message_named("m2");
    other.duplicate_key = message_named("m1").duplicate_key;
    other.sender.partner = "hospital";
    commit(store(), AddMessage{other});
    EXPECT_EQ(store().duplicate("hospital", other.duplicate_key, at_second(20))->message, "m2");
    EXPECT_EQ(store().duplicate("gp", other.duplicate_key, at_second(20))->message, "m1");
}

TEST_P(StoredMessage, WithoutADuplicateKeyIsNeverADuplicate) {
    for (const std::string id : {"m1", "m2"}) {
        Message message = message_named(id);
        message.duplicate_key.clear();
        commit(store(), AddMessage{message});
    }
    EXPECT_FALSE(store().duplicate("gp", "", at_second(20)));
}

TEST_P(StoredMessage, MayTakeOverADuplicateKey) {
    commit(store(), AddMessage{message_named("m1")});
    Message again = message_named("m2");
    again.duplicate_key = message_named("m1").duplicate_key;
    commit(store(), AddMessage{again, OnDuplicate::replace, "m1"});
    EXPECT_EQ(store().duplicate("gp", again.duplicate_key, at_second(20))->message, "m2");
    EXPECT_TRUE(store().message("m1"));
}

TEST_P(StoredMessage, TakesOverADuplicateKeyFromNobodyElse) {
    commit(store(), AddMessage{message_named("m1")});
    Message again = message_named("m2");
    again.duplicate_key = message_named("m1").duplicate_key;
    EXPECT_EQ(refusal_of(store(), AddMessage{again, OnDuplicate::replace, "other"}).found, "m1");
    EXPECT_EQ(store().duplicate("gp", again.duplicate_key, at_second(20))->message, "m1");
}

TEST_P(StoredMessage, HoldsItsDuplicateKeyForThirtyDays) {
    commit(store(), AddMessage{message_named("m1")});
    Message later = message_named("m2");
    later.duplicate_key = message_named("m1").duplicate_key;
    const Instant end = message_named("m1").received + std::chrono::days(30);
    later.received = end;
    EXPECT_TRUE(store().duplicate("gp", later.duplicate_key, end));
    EXPECT_EQ(refusal_of(store(), AddMessage{later}).found, "m1");
    later.received = end + std::chrono::seconds(1);
    EXPECT_FALSE(store().duplicate("gp", later.duplicate_key, later.received));
    commit(store(), AddMessage{later});
    EXPECT_EQ(store().duplicate("gp", later.duplicate_key, later.received)->message, "m2");
}

TEST_P(StoredMessage, RefusesAnIdThatIsTaken) {
    commit(store(), AddMessage{message_named("m1")});
    Message again = message_named("m1");
    again.duplicate_key = "another";
    EXPECT_EQ(refusal_of(store(), AddMessage{again}).precondition, Precondition::unique_key);
}

TEST_P(StoredMessage, KeepsTheAnswerForARepeat) {
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m1")});
    unit.add(answer_to("m1"));
    commit(store(), std::move(unit));
    const auto duplicate =
        store().duplicate("gp", message_named("m1").duplicate_key, at_second(20));
    ASSERT_TRUE(duplicate && duplicate->answer);
    EXPECT_EQ(duplicate->message, "m1");
    EXPECT_EQ(duplicate->digest, message_named("m1").duplicate_digest);
    EXPECT_EQ(*duplicate->answer->bytes, "MSA|AA|m1");
    EXPECT_EQ(duplicate->answer->code, "AA");
    EXPECT_EQ(store().answer("m1")->content_type, "application/hl7-v2");
}

TEST_P(StoredMessage, HasNoAnswerWhileItIsProcessed) {
    commit(store(), AddMessage{message_named("m1")});
    const auto duplicate =
        store().duplicate("gp", message_named("m1").duplicate_key, at_second(20));
    ASSERT_TRUE(duplicate);
    EXPECT_FALSE(duplicate->answer);
    EXPECT_FALSE(store().answer("m1"));
}

TEST_P(StoredMessage, IsAnsweredOnce) {
    commit(store(), AddMessage{message_named("m1")});
    commit(store(), answer_to("m1"));
    EXPECT_EQ(refusal_of(store(), answer_to("m1")).precondition, Precondition::unique_key);
    EXPECT_EQ(refusal_of(store(), answer_to("m2")).precondition, Precondition::missing);
}

TEST_P(StoredMessage, ChangesItsStateOnlyFromTheOneExpected) {
    commit(store(), AddMessage{message_named("m1")});
    const SetMessageState to_queued{"m1", MessageState::received, MessageState::queued, "routed"};
    commit(store(), to_queued);
    EXPECT_EQ(store().message("m1")->state, MessageState::queued);
    EXPECT_EQ(store().message("m1")->reason, "routed");
    EXPECT_EQ(store().message("m1")->settings_hash, "settings-1");
    const auto refusal = refusal_of(store(), to_queued);
    EXPECT_EQ(refusal.precondition, Precondition::state);
    EXPECT_EQ(refusal.found, "queued");
    EXPECT_EQ(refusal_of(store(), SetMessageState{"m2"}).precondition, Precondition::missing);
}

TEST_P(StoredMessage, RecordsTheSettingsItRanUnderLast) {
    commit(store(), AddMessage{message_named("m1")});
    commit(store(), SetMessageState{"m1", MessageState::received, MessageState::error, "refused",
                                    "settings-2"});
    EXPECT_EQ(store().message("m1")->settings_hash, "settings-2");
}

TEST_P(StoredMessage, IsListedByStateWithoutBytes) {
    for (const std::string id : {"m1", "m2", "m3"}) {
        commit(store(), AddMessage{message_named(id)});
    }
    commit(store(),
           SetMessageState{"m2", MessageState::received, MessageState::quarantined, "no route"});
    const auto received = store().messages_in(MessageState::received, 0, 10);
    EXPECT_THAT(ids_of(received), ElementsAre("m1", "m3"));
    EXPECT_EQ(received.front().bytes, nullptr);
    EXPECT_THAT(ids_of(store().messages_in(MessageState::received, received.front().sequence, 10)),
                ElementsAre("m3"));
    EXPECT_THAT(ids_of(store().messages_in(MessageState::received, 0, 1)), ElementsAre("m1"));
    EXPECT_THAT(store().messages_in(MessageState::sent, 0, 10), IsEmpty());
    ASSERT_EQ(store().message_counts().size(), 2U);
}

TEST_P(StoredMessage, InQuarantineWithoutADeliveryIsListedAsStranded) {
    for (const std::string id : {"m1", "m2", "m3", "m4"}) {
        commit(store(), AddMessage{message_named(id)});
    }
    for (const std::string id : {"m1", "m2", "m3"}) {
        commit(store(),
               SetMessageState{id, MessageState::received, MessageState::quarantined, "no route"});
    }
    commit(store(), AddDelivery{delivery_named("d1", "m2")});
    const auto stranded = store().stranded(0, 10);
    EXPECT_THAT(ids_of(stranded), ElementsAre("m1", "m3"));
    EXPECT_EQ(stranded.front().bytes, nullptr);
    EXPECT_EQ(stranded.front().reason, "no route");
    EXPECT_THAT(ids_of(store().stranded(stranded.front().sequence, 10)), ElementsAre("m3"));
    EXPECT_THAT(ids_of(store().stranded(0, 1)), ElementsAre("m1"));
}

TEST_P(StoredMessage, ThatIsReceivedIsListedByItsOrderKey) {
    for (const std::string id : {"m1", "m2", "m3", "m4"}) {
        Message message = message_named(id);
        message.order_key = id == "m3" ? "another" : "key";
        commit(store(), AddMessage{std::move(message)});
    }
    commit(store(), SetMessageState{"m2", MessageState::received, MessageState::queued});
    const auto of_key = store().received_of("key", 0, 10);
    EXPECT_THAT(ids_of(of_key), ElementsAre("m1", "m4"));
    EXPECT_EQ(of_key.front().bytes, nullptr);
    EXPECT_THAT(ids_of(store().received_of("key", of_key.front().sequence, 10)), ElementsAre("m4"));
    EXPECT_THAT(ids_of(store().received_of("key", 0, 1)), ElementsAre("m1"));
    EXPECT_THAT(store().received_of("none", 0, 10), IsEmpty());
}

TEST_P(StoredMessage, ThatWasOnlyReceivedIsListedAfterARestart) {
    commit(store(), AddMessage{message_named("m1")});
    restart();
    EXPECT_THAT(ids_of(store().messages_in(MessageState::received, 0, 10)), ElementsAre("m1"));
    EXPECT_EQ(*store().message("m1")->bytes, *message_named("m1").bytes);
}

TEST_P(StoredMessage, HoldsALongLetterByteForByte) {
    Message message = message_named("m1");
    std::string letter(3U << 20U, '\0');
    for (std::size_t i = 0; i < letter.size(); ++i) {
        letter[i] = static_cast<char>(i * 31 % 251);
    }
    message.bytes = std::make_shared<const std::string>(letter);
    message.digest = sha256(letter);
    commit(store(), AddMessage{message});
    EXPECT_EQ(*store().message("m1")->bytes, letter);
}

TEST_P(StoredMessage, LeavesNothingOfAUnitThatIsRefused) {
    commit(store(), AddMessage{message_named("m1")});
    UnitOfWork unit;
    unit.add(AddMessage{message_named("m2")});
    unit.add(AddAudit{audit_of("m2")});
    unit.add(AddDelivery{delivery_named("d2", "m2")});
    unit.add(SetMessageState{"m1", MessageState::queued, MessageState::sent, ""});
    const auto refusal = refusal_of(store(), std::move(unit));
    EXPECT_EQ(refusal.write, 3U);
    EXPECT_FALSE(store().message("m2"));
    EXPECT_FALSE(store().delivery("d2"));
    EXPECT_THAT(store().audit_after(0, 10), IsEmpty());
}

TEST_P(StoredMessage, IsWrittenByAnEmptyUnitToo) {
    EXPECT_TRUE(std::holds_alternative<Committed>(outcome_of(store(), UnitOfWork())));
}

TEST_P(StoredMessage, OfManyThreadsAreAllThereAndShareCommits) {
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 250;
    std::atomic<std::size_t> committed = 0;
    {
        std::vector<std::jthread> senders;
        for (std::size_t t = 0; t < threads; ++t) {
            senders.emplace_back([&, t] {
                for (std::size_t i = 0; i < each; ++i) {
                    UnitOfWork unit;
                    unit.add(
                        AddMessage{message_named(std::to_string(t) + "-" + std::to_string(i))});
                    unit.add(AddAudit{audit_of("m")});
                    store().submit(
                        std::move(unit), [](const std::function<void()>& task) { task(); },
                        [&](const Outcome& outcome) {
                            committed += std::holds_alternative<Committed>(outcome) ? 1 : 0;
                        });
                    store().message("0-0");  // looked up while others write
                }
            });
        }
    }
    store().stop();
    EXPECT_EQ(committed, threads * each);
    EXPECT_EQ(store().messages_in(MessageState::received, 0, 10'000).size(), threads * each);
    EXPECT_EQ(store().audit_after(0, 10'000).size(), threads * each);
    EXPECT_EQ(store().counters().units, threads * each);
}

TEST_P(StoredMessage, IsRefusedOnceTheStoreHasStopped) {
    store().stop();
    EXPECT_FALSE(store().accepts());
    const Outcome outcome = outcome_of(store(), AddMessage{message_named("m1")});
    ASSERT_TRUE(std::holds_alternative<Unavailable>(outcome));
    EXPECT_EQ(std::get<Unavailable>(outcome).reason, "the store is stopping");
    EXPECT_FALSE(store().message("m1"));
}

GATEWAY_ON_EVERY_BACKEND(StoredMessage);

}  // namespace gateway::test
