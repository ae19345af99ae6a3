#include "gateway/net/mllp_client.h"

#include <gtest/gtest.h>

#include <future>

#include "gateway/net/mllp_server.h"
#include "tests/net/raw_peer.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

std::string framed(const std::string& text) {
    return "\x0B" + text + "\x1C\r";
}

std::shared_ptr<const std::string> message(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

class MllpClientTest : public ::testing::Test {
protected:
    void client_to(std::uint16_t port) {
        client = std::make_unique<MllpClient>(io[0], ClientEndpoint{{"127.0.0.1", port}, nullptr});
    }

    MllpResult send(const std::string& text, std::chrono::milliseconds deadline = 5s) {
        std::promise<MllpResult> result;
        client->send(
            message(text), [&](MllpResult outcome) { result.set_value(std::move(outcome)); },
            deadline);
        return result.get_future().get();
    }

    IoThreads io{1};
    std::unique_ptr<MllpClient> client;
};

TEST_F(MllpClientTest, SendsMessagesOneAfterTheOtherOnOneConnection) {
    std::string seen;
    RawServer server([&](RawPeer& peer, int) {
        for (int i = 0; i < 2; ++i) {
            seen += peer.receive_until("\x1C\r");
            peer.send(framed("ACK"));
        }
    });
    client_to(server.port());
    for (const std::string text : {"one", "two"}) {
        const MllpResult result = send(text);
        ASSERT_TRUE(result.reply) << result.detail;
        EXPECT_EQ(*result.reply, "ACK");
    }
    EXPECT_EQ(seen, framed("one") + framed("two"));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(MllpClientTest, HasOneMessageInFlight) {
    std::string first;
    RawServer server([&](RawPeer& peer, int) {
        first = peer.receive_until("never", 200ms);
        peer.send(framed("A1"));
        peer.receive_until("\x1C\r");
        peer.send(framed("A2"));
    });
    client_to(server.port());
    std::promise<std::string> one;
    std::promise<std::string> two;
    client->send(message("one"), [&](const MllpResult& r) { one.set_value(*r.reply); });
    client->send(message("two"), [&](const MllpResult& r) { two.set_value(*r.reply); });
    EXPECT_EQ(one.get_future().get(), "A1");
    EXPECT_EQ(two.get_future().get(), "A2");
    EXPECT_EQ(first, framed("one"));
}

// Mirth's accident: the late answer to message 1 was taken for that to message 2 (traps.md).
TEST_F(MllpClientTest, NeverMatchesALateAnswerToTheNextMessage) {
    RawServer server([](RawPeer& peer, int connection) {
        peer.receive_until("\x1C\r");
        if (connection == 1) {
            std::this_thread::sleep_for(200ms);
        }
        peer.send(framed(connection == 1 ? "late answer to one" : "answer to two"));
    });
    client_to(server.port());
    const MllpResult one = send("one", 50ms);
    EXPECT_EQ(one.error, TransportError::timeout);
    EXPECT_TRUE(one.message_bytes_sent);
    const MllpResult two = send("two");
    ASSERT_TRUE(two.reply);
    EXPECT_EQ(*two.reply, "answer to two");
}

TEST_F(MllpClientTest, DropsAConnectionWithASecondAnswer) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("\x1C\r");
        peer.send(framed("first") + framed("second"));
        peer.ends_within(500ms);
    });
    client_to(server.port());
    EXPECT_EQ(*send("one").reply, "first");
    EXPECT_EQ(*send("two").reply, "first");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(MllpClientTest, OpensANewConnectionAfterTheCallerHadDoubts) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("\x1C\r");
        peer.send(framed("wrong MSA-2"));
        peer.ends_within(500ms);
    });
    client_to(server.port());
    std::promise<void> doubted;
    client->send(message("one"), [&](const MllpResult&) {
        client->close();
        doubted.set_value();
    });
    doubted.get_future().get();
    EXPECT_TRUE(send("two").reply);
    EXPECT_EQ(server.connections(), 2);
}

struct CutCase {
    const char* name;
    const char* answer;
    TransportError error;
};

class MllpClientFailureTest : public MllpClientTest,
                              public ::testing::WithParamInterface<CutCase> {};

TEST_P(MllpClientFailureTest, IsNeverAnAnswer) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("\x1C\r");
        peer.send(GetParam().answer);
    });
    client_to(server.port());
    const MllpResult result = send("x");
    EXPECT_FALSE(result.reply);
    EXPECT_EQ(result.error, GetParam().error) << result.detail;
    EXPECT_TRUE(result.message_bytes_sent);
}

const std::string long_junk(2'000, 'x');

INSTANTIATE_TEST_SUITE_P(
    Failures, MllpClientFailureTest,
    ::testing::Values(CutCase{"Silence", "", TransportError::closed_before_response},
                      CutCase{"Cut", "\x0BMSH|", TransportError::incomplete_response},
                      CutCase{"Junk", long_junk.c_str(), TransportError::protocol}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(MllpClientTest, NamesARefusedConnection) {
    std::uint16_t port = 0;
    {
        const RawServer gone([](RawPeer&, int) {});
        port = gone.port();
    }
    client_to(port);
    const MllpResult result = send("x");
    EXPECT_EQ(result.error, TransportError::connect) << result.detail;
    EXPECT_FALSE(result.message_bytes_sent);
}

TEST_F(MllpClientTest, TellsThoseWhoWaitThatItIsClosed) {
    RawServer server([](RawPeer& peer, int) { peer.ends_within(1s); });
    client_to(server.port());
    std::vector<std::optional<TransportError>> errors;
    for (int i = 0; i < 2; ++i) {
        client->send(message("x"), [&](const MllpResult& one) { errors.push_back(one.error); });
    }
    client.reset();
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0], TransportError::stopped);
    EXPECT_EQ(errors[1], TransportError::stopped);
}

TEST_F(MllpClientTest, SpeaksTlsWithAServerOfOurs) {
    const TestCertificates certificates;
    MllpServerSettings settings;
    settings.address = {"127.0.0.1", 0};
    settings.tls = certificates.server();
    MllpServer server(io.reactors(), settings, [](const MllpMessage& one, const MllpReply& reply) {
        reply.send(*one.bytes + " from " + one.peer_certificate->subject);
    });
    MllpClient secure(io[0], {{"127.0.0.1", server.port()}, certificates.client(), "localhost"});
    std::promise<MllpResult> result;
    const std::string letter(1'000'000, 'L');
    secure.send(message(letter), [&](MllpResult one) { result.set_value(std::move(one)); });
    const MllpResult outcome = result.get_future().get();
    ASSERT_TRUE(outcome.reply) << outcome.detail;
    EXPECT_EQ(*outcome.reply, letter + " from CN=partner");
}

}  // namespace
}  // namespace gateway
