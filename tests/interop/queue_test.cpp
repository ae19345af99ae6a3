// An operator's hands on the outbox, as on the command line: beside a running gateway and without
// one. The clinic is down throughout.
#include <gmock/gmock.h>

#include <optional>
#include <thread>
#include <utility>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using ::testing::HasSubstr;

class QueueOfAGateway : public testing::Test {
protected:
    QueueOfAGateway() {
        gateway_.emplace("127.0.0.1");
        gateway_->start();
        RawPeer gp(gateway_->stage().ports.mllp, *gateway_->client("gp"));
        gp.send(framed_sample("letter-only.hl7"));
        EXPECT_THAT(gp.receive_until("\x1C\r"), HasSubstr("MSA|AA|"));
        const auto messages = store()->messages_in(MessageState::queued, 0, 1);
        delivery_ = store()->deliveries_of(messages.at(0).id).at(0).id;
    }

    std::unique_ptr<StoreReads> store() const {
        return open_sqlite_reads({.path = gateway_->stage().store(), .vfs = {}, .keys = {}});
    }

    CommandResult queue(const std::string& words) const {
        return run_command(quoted(PAINBRIDGE_PROGRAM) + " queue " + words + " --config " +
                           quoted(gateway_->stage().config()));
    }

    // An attempt may be under way at any moment: then the answer says so, and a person asks again.
    CommandResult hold() const {
        CommandResult result = queue("hold " + delivery_);
        for (int i = 0; i < 100 && result.status == 1; ++i) {
            EXPECT_THAT(result.output, testing::AnyOf(HasSubstr("being sent at this moment"),
                                                      HasSubstr("has moved meanwhile")));
            result = queue("hold " + delivery_);
        }
        return result;
    }

    // The id of a message that went into quarantine before it had a delivery.
    std::string strand() const {
        std::string message = framed_sample("letter-only.hl7");
        for (const auto& [from, to] :
             {std::pair<std::string, std::string>{"REF^I12^REF_I12|FM-77120", "SIU^S12|FM-1"},
              {"|P|2.4|||||", "|P|2.4|||AL|NE|"}}) {
            message.replace(message.find(from), from.size(), to);
        }
        RawPeer gp(gateway_->stage().ports.mllp, *gateway_->client("gp"));
        gp.send(message);
        EXPECT_THAT(gp.receive_until("\x1C\r"), HasSubstr("MSA|CA|"));
        std::vector<Message> found;
        while (found.empty()) {
            found = store()->stranded(0, 10);
        }
        return found[0].id;
    }

    std::size_t acts() const {
        std::size_t count = 0;
        for (const AuditRecord& record : store()->audit_after(0, 1000)) {
            count += record.action == AuditAction::operate ? 1 : 0;
        }
        return count;
    }

    std::optional<RunningGateway> gateway_;
    std::string delivery_;
};

TEST_F(QueueOfAGateway, IsListedHeldAndReleasedWhileItRuns) {
    const CommandResult listed = queue("list --destination clinic");
    EXPECT_EQ(listed.status, 0) << listed.output;
    EXPECT_THAT(listed.output, HasSubstr(delivery_));
    EXPECT_THAT(queue("list --json").output, HasSubstr("\"destination\": \"clinic\""));

    const CommandResult held = hold();
    EXPECT_EQ(held.status, 0) << held.output;
    EXPECT_EQ(store()->delivery_record(delivery_)->state, DeliveryState::held);
    EXPECT_EQ(acts(), 1U);

    const CommandResult released = queue("release --state held --yes");
    EXPECT_EQ(released.status, 0) << released.output;
    EXPECT_THAT(store()->delivery_record(delivery_)->state,
                testing::AnyOf(DeliveryState::pending, DeliveryState::leased));
    EXPECT_EQ(acts(), 2U);
}

TEST_F(QueueOfAGateway, ChangesNothingInADryRunNorWithoutYes) {
    EXPECT_EQ(hold().status, 0);
    const CommandResult dry = queue("release --destination clinic --dry-run");
    EXPECT_EQ(dry.status, 0) << dry.output;
    EXPECT_THAT(dry.output, HasSubstr("would change"));
    const CommandResult unsure = queue("release --destination clinic");
    EXPECT_EQ(unsure.status, 2) << unsure.output;
    EXPECT_THAT(unsure.output, HasSubstr("--yes"));
    EXPECT_EQ(store()->delivery_record(delivery_)->state, DeliveryState::held);
    EXPECT_EQ(acts(), 1U);
}

TEST_F(QueueOfAGateway, KnowsAMistypedPartnerFromAnEmptyQueue) {
    for (const std::string words :
         {"replay --destination clinc --yes", "list --destination clinc", "list --from clinc"}) {
        const CommandResult result = queue(words);
        EXPECT_EQ(result.status, 2) << words;
        EXPECT_THAT(result.output, HasSubstr("did you mean clinic?")) << words;
    }
    EXPECT_EQ(queue("list --destination gp").status, 0);  // a partner, without deliveries
}

TEST_F(QueueOfAGateway, TakesNoActFromWhoHasNoPass) {
    RawPeer anybody(gateway_->stage().ports.ops);
    const std::string body = R"({"actor":"eve","delivery":[")" + delivery_ + "\"]}";
    anybody.send(
        "POST /queue/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_THAT(anybody.receive_until("OperationOutcome"), HasSubstr("HTTP/1.1 401"));
    EXPECT_EQ(acts(), 0U);
}

TEST_F(QueueOfAGateway, IsHeldInTheStoreWhenItDoesNotRun) {
    gateway_->stop();
    const CommandResult held = queue("hold " + delivery_);
    EXPECT_EQ(held.status, 0) << held.output;
    EXPECT_EQ(store()->delivery_record(delivery_)->state, DeliveryState::held);
    EXPECT_EQ(acts(), 1U);
}

// Acknowledged (CA), and then there was no map for it: it never had a delivery.
TEST_F(QueueOfAGateway, ListsAndReplaysMessagesWithoutADelivery) {
    const std::string stranded = strand();
    for (const std::string words : {"list", "list --from gp", "list --state quarantined",
                                    "list --from gp --reason NOTHING^of", "list --json"}) {
        const CommandResult listed = queue(words + " --newer-than 1h");
        EXPECT_EQ(listed.status, 0) << listed.output;
        EXPECT_THAT(listed.output, words.find("NOTHING") == std::string::npos
                                       ? testing::Matcher<std::string>(HasSubstr(stranded))
                                       : testing::Not(HasSubstr(stranded)));
    }
    EXPECT_THAT(queue("list --json").output, HasSubstr("\"from\": \"gp\""));
    EXPECT_THAT(queue("list --from gp").output, HasSubstr("no map"));
    for (const std::string words : {"list --from clinic", "list --destination clinic",
                                    "list --older-than 1h", "list --state held"}) {
        EXPECT_THAT(queue(words).output, testing::Not(HasSubstr(stranded))) << words;
    }
    const CommandResult held = queue("hold " + stranded);
    EXPECT_EQ(held.status, 1) << held.output;
    EXPECT_THAT(held.output, HasSubstr("goes nowhere by itself"));

    const CommandResult dry = queue("replay --from gp --reason \"no map\" --dry-run");
    EXPECT_EQ(dry.status, 0) << dry.output;
    EXPECT_THAT(dry.output, HasSubstr(stranded + "  goes through all steps again"));
    EXPECT_EQ(acts(), 0U);
    const CommandResult replayed = queue("replay --from gp --reason \"no map\" --yes");
    EXPECT_EQ(replayed.status, 0) << replayed.output;
    EXPECT_EQ(acts(), 1U);
    // There still is none.
    while (store()->message_state(stranded) == MessageState::received) {
        std::this_thread::yield();
    }
    EXPECT_THAT(queue("list --from gp --counts").output, HasSubstr("from gp"));
}

TEST_F(QueueOfAGateway, SaysWhatIsWrongWithTheWordsItIsGiven) {
    EXPECT_THAT(queue("hold").output, HasSubstr("which deliveries?"));
    EXPECT_THAT(queue("list --state lost").output, HasSubstr("it may be pending"));
    EXPECT_THAT(queue("list --older-than soon").output, HasSubstr("such as 30s"));
    const CommandResult unknown = queue("replay nobody");
    EXPECT_EQ(unknown.status, 1);
    EXPECT_THAT(unknown.output, HasSubstr("is not in this store"));
}

}  // namespace
}  // namespace gateway
