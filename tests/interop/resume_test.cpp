// The process dies between its acknowledgements and the processing of what it acknowledged, and
// comes back: real processes, real TLS.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <utility>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

using ::testing::HasSubstr;

// More than a process works off while it acknowledges them: all are one patient's, and each has a
// conversion of its own.
constexpr int many = 150;

struct Wanted {
    std::string number;
    std::string patient = "9990012008";
    std::string accept_ack = {};  // MSH-15
};

std::string referral(const Wanted& wanted) {
    std::string text = framed_sample("letter-only.hl7");
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"|FM-77120|", "|" + wanted.number + "|"},
          {"|P|2.4|||||", "|P|2.4|||" + wanted.accept_ack + "||"},
          {"9990012008", wanted.patient},
          {"FM-REF-8812", wanted.number},
          {"FM-LTR-8812", wanted.number}}) {
        const std::size_t at = text.find(from);
        if (at == std::string::npos) {
            throw std::logic_error("the sample has no " + from);
        }
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string answer_to(RawPeer& gp, const Wanted& wanted) {
    gp.send(referral(wanted));
    return gp.receive_until("\x1C\r");
}

std::unique_ptr<StoreReads> store_of(const RunningGateway& gateway) {
    return open_sqlite_reads({.path = gateway.stage().store(), .vfs = {}, .keys = {}});
}

// Of the messages that came as far as a delivery, in the order of these.
std::vector<std::string> delivered_numbers(const StoreReads& store) {
    std::map<std::string, std::string> numbers;
    for (const Message& message : store.messages_in(MessageState::queued, 0, 1000)) {
        numbers[message.id] = message.control_id;
    }
    std::map<std::uint64_t, std::string> in_order;
    for (const DeliveryState state : {DeliveryState::pending, DeliveryState::leased}) {
        for (const Delivery& delivery : store.deliveries_in(state, {}, 0, 1000)) {
            in_order[delivery.sequence] = numbers[delivery.message];
        }
    }
    std::vector<std::string> found;
    for (const auto& one : in_order) {
        found.push_back(one.second);
    }
    return found;
}

TEST(Resume, OfWhatWasAcknowledgedAndNotProcessedKeepsNobodyWaiting) {
    RunningGateway gateway;
    gateway.start();
    std::vector<std::string> acknowledged;
    {
        RawPeer gp(gateway.stage().ports.mllp, *gateway.client("gp"));
        for (int i = 0; i < many; ++i) {
            acknowledged.push_back(fmt::format("OLD-{:04}", i));
            ASSERT_THAT(answer_to(gp, {.number = acknowledged.back(), .accept_ack = "AL"}),
                        HasSubstr("MSA|CA|"));
        }
    }
    gateway.kill();
    const auto store = store_of(gateway);
    ASSERT_GT(store->messages_in(MessageState::received, 0, 1000).size(), 0U)
        << "the process was killed too late to prove anything";

    gateway.start();
    RawPeer gp(gateway.stage().ports.mllp, *gateway.client("gp"));
    // Whatever is left of the first patient.
    EXPECT_THAT(answer_to(gp, {.number = "OTHER", .patient = "9990012016"}), HasSubstr("MSA|AA|"));
    // Behind them: at once, or when asked again.
    std::string answer;
    do {
        answer = answer_to(gp, {.number = "NEW"});
    } while (answer.find("MSA|AE|") != std::string::npos &&
             answer.find("ask again") != std::string::npos);
    EXPECT_THAT(answer, HasSubstr("MSA|AA|"));

    EXPECT_TRUE(store->messages_in(MessageState::received, 0, 1000).empty());
    auto numbers = delivered_numbers(*store);
    EXPECT_EQ(std::erase(numbers, "OTHER"), 1U);
    acknowledged.emplace_back("NEW");
    EXPECT_EQ(numbers, acknowledged);
    EXPECT_THAT(gateway.log(), HasSubstr("messages.resumed"));
}

// One partner, several connections: what was acknowledged first is processed first.
TEST(Order, OfAPatientsMessagesIsThatOfTheirAcknowledgementsOverAllConnections) {
    RunningGateway gateway;
    gateway.start();
    std::vector<RawPeer> connections;
    for (int i = 0; i < 4; ++i) {
        connections.emplace_back(gateway.stage().ports.mllp, *gateway.client("gp"));
    }
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 60; ++i) {
        acknowledged.push_back(fmt::format("NEW-{:04}", i));
        RawPeer& gp = connections.at(static_cast<std::size_t>(i) % connections.size());
        ASSERT_THAT(answer_to(gp, {.number = acknowledged.back(), .accept_ack = "AL"}),
                    HasSubstr("MSA|CA|"));
    }
    // In original mode behind them: when it has its answer, they are done.
    ASSERT_THAT(answer_to(connections.front(), {.number = "LAST"}), HasSubstr("MSA|AA|"));
    acknowledged.emplace_back("LAST");
    EXPECT_EQ(delivered_numbers(*store_of(gateway)), acknowledged);
}

}  // namespace
}  // namespace gateway
