// npm's node-hl7-server as the referrer that hears of its referrals: our MLLP client delivers to
// it.
#include <gtest/gtest.h>

#include <set>

#include "gateway/base/text.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

const std::string root = PAINBRIDGE_ROOT;

class NodeServer : public testing::Test {
protected:
    NodeServer()
        : server_("node-hl7-server", node_path(),
                  {root + "/tests/interop/peers/receive.mjs",
                   std::to_string(gateway_.stage().ports.gp), gateway_.stage().folder + "/tls"},
                  gateway_.stage().log("node")) {}

    void SetUp() override {
        gateway_.start();
        ASSERT_TRUE(server_.wait_for(peer_event("listening"), 30s))
            << read_file(gateway_.stage().log("node"));
    }

    // As a partner would, with the product's own client.
    CommandResult send(const std::string& file, const std::string& identity) const {
        return run_command(
            std::string(PAINBRIDGE_PROGRAM) +
            " send --to mllps://localhost:" + std::to_string(gateway_.stage().ports.gp) + " --ca " +
            gateway_.tls("ca.pem") + " " + identity + " " + root + "/config/demo/messages/" + file);
    }

    RunningGateway gateway_;
    Child server_;
};

TEST_F(NodeServer, TakesAMessageOverMutualTls) {
    const CommandResult result =
        send("referral-with-letter.hl7", "--certificate " + gateway_.tls("gateway.pem") +
                                             " --key " + gateway_.tls("gateway.key"));
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_NE(result.output.find("\nMSA|AA|"), std::string::npos) << result.output;
    const auto connected = server_.wait_for(peer_event("connected"), 5s);
    ASSERT_TRUE(connected);
    EXPECT_EQ(peer_text(*connected, "authorized"), "true");
    EXPECT_EQ(peer_text(*connected, "peer"), "gateway.demo.example");
    EXPECT_EQ(peer_text(*connected, "protocol"), "TLSv1.3");
}

TEST_F(NodeServer, RefusesUsWithoutACertificateAndWeSayWhatToDo) {
    const CommandResult result = send("referral-with-letter.hl7", "");
    EXPECT_EQ(result.status, 2) << result.output;
    EXPECT_FALSE(server_.wait_for(peer_event("message"), 0ms));
    EXPECT_NE(result.output.find("certificate required"), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("set `certificate` and `key`"), std::string::npos)
        << result.output;
}

// It takes the application's acknowledgement of a message that asked for both (MSH-15, MSH-16).
TEST_F(NodeServer, HearsWhatBecameOfAMessageInEnhancedMode) {
    std::string message = framed_sample("letter-only.hl7");
    const std::string original_mode = "|P|2.4|||||";
    message.replace(message.find(original_mode), original_mode.size(), "|P|2.4|||AL|AL|");
    RawPeer gp(gateway_.stage().ports.mllp, *gateway_.client("gp"));
    gp.send(message);
    EXPECT_NE(gp.receive_until("\x1C\r").find("MSA|CA|FM-77120"), std::string::npos);
    const auto heard = server_.wait_for(peer_event("message"), 30s);
    ASSERT_TRUE(heard) << gateway_.log();
    EXPECT_EQ(peer_text(*heard, "type"), "ACK");
    EXPECT_EQ(peer_text(*heard, "acknowledges"), "AA FM-77120");
    EXPECT_EQ(peer_text(*heard, "asks"), "AL NE");
}

// Its second acknowledgement on a connection names the first message. The gateway must not take it
// for the second's: it ends the connection and delivers again.
TEST_F(NodeServer, HearsOfEveryReferralAlthoughItNamesTheWrongOne) {
    Child clinic("clinic", PAINBRIDGE_PROGRAM,
                 {"twin", "clinic", "--config", gateway_.stage().folder + "/twin-clinic.toml"},
                 gateway_.stage().log("clinic"));
    ASSERT_TRUE(clinic.wait_for(
        [](const std::string& line) { return line.find("listening") != std::string::npos; }, 30s));
    RawPeer gp(gateway_.stage().ports.mllp, *gateway_.client("gp"));
    std::set<std::string> heard;
    for (const std::string sample : {"referral-with-letter.hl7", "second-sample.hl7"}) {
        gp.send(framed_sample(sample));
        ASSERT_NE(gp.receive_until("\x1C\r").find("MSA|AA"), std::string::npos) << sample;
        const std::size_t before = heard.size();
        // Each comes whole and alone in the end.
        while (heard.size() == before) {
            const auto message = server_.wait_for(peer_event("message"), 60s);
            ASSERT_TRUE(message) << gateway_.log();
            EXPECT_EQ(peer_text(*message, "type"), "RRI");
            const std::string ids = peer_text(*message, "ids");
            if (ids.find(' ') == std::string::npos) {
                heard.insert(ids);
            }
        }
    }
    EXPECT_EQ(heard.size(), 2U);
}

}  // namespace
}  // namespace gateway
