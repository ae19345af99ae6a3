// The TLS matrix, first half: clients that must not come in, against the whole gateway, which runs
// in a network namespace of its own. Each is refused before a byte of its message is taken up, the
// gateway's log says why and what to do, and the next honest partner is served as ever.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "tests/interop/running_gateway.h"
#include "tests/interop/tls/credentials.h"
#include "tests/net/raw_peer.h"
#include "tests/support/network_pair.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

enum class Door { https, mllp };

enum class Conduct {
    asks,              // shakes hands and sends its whole message at once
    stalls,            // connects and says nothing until it is cut off
    leaves_in_hello,   // half a ClientHello
    leaves_in_record,  // a message of which half a record comes
};

struct BadClient {
    const char* name;
    Shown shown;
    Conduct conduct;
    const char* cause;
    const char* remedy;
};

constexpr std::array bad_clients{
    BadClient{"NoCertificate", Shown::nothing, Conduct::asks, "peer did not return a certificate",
              "set up with its client certificate and key"},
    BadClient{"WrongAuthority", Shown::other_authority, Conduct::asks,
              "unable to get local issuer certificate", "of an authority in our CA file"},
    BadClient{"Expired", Shown::expired, Conduct::asks, "certificate has expired",
              "the peer must renew its certificate"},
    BadClient{"NotYetValid", Shown::not_yet_valid, Conduct::asks, "certificate is not yet valid",
              "use a certificate that has begun"},
    BadClient{"ServersCertificate", Shown::other_use, Conduct::asks, "certificate purpose",
              "needs the extended key usage clientAuth"},
    BadClient{"WrongName", Shown::other_name, Conduct::asks, "is no partner's",
              "under `certificate` of the partner's file"},
    BadClient{"WrongPartner", Shown::other_partner, Conduct::asks, "may not send on this listener",
              "see `inbound` and `group` of its file"},
    BadClient{"OldProtocol", Shown::old_protocol, Conduct::asks, "unsupported protocol",
              "must speak TLS 1.2 or 1.3"},
    BadClient{"StalledWithWrongName", Shown::other_name, Conduct::stalls,
              "the handshake took too long", "see whether the peer speaks TLS on this port"},
    BadClient{"CutInItsHello", Shown::own, Conduct::leaves_in_hello, "unexpected eof",
              "cut the connection: see its log"},
    BadClient{"CutInsideARecord", Shown::own, Conduct::leaves_in_record, "was cut: TLS read",
              "cut the connection: see its log"},
};

std::string partner_of(Door door) {
    return door == Door::https ? "clinic.demo.example" : "gp.demo.example";
}

std::string other_than(Door door) {
    return partner_of(door == Door::https ? Door::mllp : Door::https);
}

// Of PID-5 in the message.
constexpr const char* patient = "Kanawa";

std::string request_of(Door door) {
    if (door == Door::mllp) {
        return framed_sample("referral-with-letter.hl7");
    }
    const std::string body = R"({"resourceType":"Task","id":"t"})";
    return "PUT /fhir/Task/t HTTP/1.1\r\nHost: localhost\r\nIf-Match: W/\"1\"\r\n"
           "Content-Type: application/fhir+json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

class BadClients : public testing::TestWithParam<std::tuple<BadClient, Door>> {
protected:
    void SetUp() override {
        if (const auto reason = no_namespaces()) {
            ASSERT_EQ(std::getenv("CI"), nullptr) << *reason;
            GTEST_SKIP() << *reason;
        }
        pair_ = std::make_unique<NetworkPair>();
        // Little patience only where it is to end: a busy machine must not end the others.
        const bool stalls = std::get<0>(GetParam()).conduct == Conduct::stalls;
        gateway_ = std::make_unique<RunningGateway>(address(),
                                                    stalls ? "[limits]\nhandshake = \"1s\"\n" : "");
        pair_->inside(NetworkPair::Side::gateway, [this] { gateway_->start(); });
        credentials_ = std::make_unique<MatrixCredentials>(gateway_->authority());
    }

    static std::string address() { return NetworkPair::address(NetworkPair::Side::gateway); }

    std::uint16_t port_of(Door door) const {
        const StagePorts& ports = gateway_->stage().ports;
        return door == Door::https ? ports.https : ports.mllp;
    }

    // What the bad client is told.
    std::string play(const BadClient& client, Door door) const {
        std::string told;
        pair_->inside(NetworkPair::Side::peer, [&] {
            RawPeer peer(port_of(door), address());
            told = play(client, door, peer);
        });
        return told;
    }

    std::string play(const BadClient& client, Door door, RawPeer& peer) const {
        const auto context = credentials_->client(client.shown, partner_of(door), other_than(door));
        switch (client.conduct) {
            case Conduct::asks:
                if (peer.handshake_as_client(*context)) {
                    peer.send(request_of(door));
                }
                return peer.receive_all();
            case Conduct::stalls:
                // It says nothing: only the gateway can have ended this.
                EXPECT_TRUE(peer.ends_within(10s));
                EXPECT_FALSE(peer.handshake_as_client(*context)) << "it could go on after all";
                return {};
            case Conduct::leaves_in_hello:
                peer.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11));
                peer.close();
                return {};
            case Conduct::leaves_in_record:
                EXPECT_TRUE(peer.handshake_as_client(*context));
                peer.send_half_record(request_of(door));
                peer.close();
                return {};
        }
        throw std::logic_error("unknown conduct");
    }

    // What the log says of the one bad client.
    std::string complaint() const {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (gateway_->complaints().empty() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(5ms);
        }
        const auto found = gateway_->complaints();
        EXPECT_EQ(found.size(), 1U) << gateway_->log();
        return found.empty() ? "" : found.front();
    }

    std::string ask_honestly(Door door) const {
        std::string answer;
        pair_->inside(NetworkPair::Side::peer, [&] {
            RawPeer peer(port_of(door), address());
            EXPECT_TRUE(peer.handshake_as_client(
                *credentials_->client(Shown::own, partner_of(door), other_than(door))));
            if (door == Door::mllp) {
                peer.send(framed_sample("must-be-refused.hl7"));
                answer = peer.receive_until("\x1C\r");
            } else {
                peer.send("GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n");
                answer = peer.receive_until("CapabilityStatement");
            }
        });
        return answer;
    }

    std::unique_ptr<NetworkPair> pair_;
    std::unique_ptr<RunningGateway> gateway_;
    std::unique_ptr<MatrixCredentials> credentials_;
};

TEST_P(BadClients, AreRefusedWithAReasonAndNobodyElseNotices) {
    const auto& [client, door] = GetParam();
    const std::string told = play(client, door);
    // A known certificate on the wrong door is told so in HTTP; who may come in is not.
    const bool told_in_http =
        door == Door::https && client.conduct == Conduct::asks &&
        (client.shown == Shown::other_name || client.shown == Shown::other_partner);
    if (told_in_http) {
        EXPECT_TRUE(told.starts_with("HTTP/1.1 403 ")) << told;
        EXPECT_EQ(told.find(client.cause), std::string::npos) << told;
    } else {
        EXPECT_EQ(told, "");
    }
    const std::string line = complaint();
    EXPECT_NE(line.find(client.cause), std::string::npos) << line;
    EXPECT_NE(line.find(client.remedy), std::string::npos) << line;
    EXPECT_EQ(line.find(patient), std::string::npos) << line;
    EXPECT_EQ(gateway_->messages(), 0U) << "a byte of it was taken up";

    const std::string answer = ask_honestly(door);
    EXPECT_NE(answer.find(door == Door::https ? "HTTP/1.1 200 " : "MSA|A"), std::string::npos)
        << answer;
    EXPECT_EQ(gateway_->messages(), door == Door::https ? 0U : 1U);
}

std::string name_of(const testing::TestParamInfo<std::tuple<BadClient, Door>>& info) {
    const auto& [client, door] = info.param;
    return client.name + std::string(door == Door::https ? "OverHttps" : "OverMllp");
}

INSTANTIATE_TEST_SUITE_P(Matrix, BadClients,
                         testing::Combine(testing::ValuesIn(bad_clients),
                                          testing::Values(Door::https, Door::mllp)),
                         name_of);

}  // namespace
}  // namespace gateway
