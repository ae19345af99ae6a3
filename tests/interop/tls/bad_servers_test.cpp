// The TLS matrix, second half: servers that must not get a message of ours. Our HTTP and MLLP
// clients are in one network namespace, the server in another. Nothing is sent to it, the outcome
// says why and what to do, and the same client's next call to an honest server succeeds.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <future>
#include <mutex>
#include <utility>

#include "gateway/net/http_client.h"
#include "gateway/net/mllp_client.h"
#include "tests/interop/tls/credentials.h"
#include "tests/net/raw_peer.h"
#include "tests/support/network_pair.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* own_name = "clinic.example";
constexpr const char* other_name = "other.example";
constexpr const char* our_name = "gateway.example";

enum class Protocol { http, mllp };

enum class Conduct {
    answers,           // as far as we let it
    stalls,            // accepts, and says nothing until we have given up; then goes on
    does_not_know_us,  // trusts another authority than ours
    cuts_its_hello,    // half a ServerHello
    cuts_its_answer,   // half a record of its answer
};

struct BadServer {
    const char* name;
    Shown shown;
    Conduct conduct;
    std::array<TransportError, 2> error;  // of HTTP and of MLLP
    const char* cause;
    const char* remedy;
};

constexpr std::array refused{TransportError::tls, TransportError::tls};

constexpr std::array bad_servers{
    BadServer{"NoCertificate", Shown::nothing, Conduct::answers, refused, "alert handshake failure",
              "has no certificate"},
    BadServer{"WrongAuthority", Shown::other_authority, Conduct::answers, refused,
              "unable to get local issuer certificate", "of an authority in our CA file"},
    BadServer{"Expired", Shown::expired, Conduct::answers, refused, "certificate has expired",
              "the peer must renew its certificate"},
    BadServer{"NotYetValid", Shown::not_yet_valid, Conduct::answers, refused,
              "certificate is not yet valid", "use a certificate that has begun"},
    BadServer{"ClientsCertificate", Shown::other_use, Conduct::answers, refused,
              "certificate purpose", "a server's serverAuth"},
    BadServer{"WrongName", Shown::other_name, Conduct::answers, refused, "hostname mismatch",
              "call it by a name that stands in its certificate"},
    BadServer{"WrongPartner", Shown::other_partner, Conduct::answers, refused, "hostname mismatch",
              "call it by a name that stands in its certificate"},
    BadServer{"OldProtocol", Shown::old_protocol, Conduct::answers, refused,
              "alert protocol version", "must speak TLS 1.2 or 1.3"},
    BadServer{"StalledWithWrongName", Shown::other_name, Conduct::stalls, refused,
              "the handshake took too long", "see whether the peer speaks TLS on this port"},
    BadServer{"DoesNotKnowUs", Shown::own, Conduct::does_not_know_us, refused, "alert unknown ca",
              "does not know the authority of our certificate"},
    BadServer{"CutInItsHello", Shown::own, Conduct::cuts_its_hello, refused, "unexpected eof",
              "cut the connection: see its log"},
    BadServer{"CutInsideARecord",
              Shown::own,
              Conduct::cuts_its_answer,
              {TransportError::incomplete_response, TransportError::incomplete_response},
              "unexpected eof",
              "cut the connection: see its log"},
};

// What both clients tell of a call.
struct Outcome {
    bool answered = false;
    std::optional<TransportError> error;
    std::string detail;
    bool bytes_sent = false;
};

std::string answer_of(Protocol protocol) {
    return protocol == Protocol::http ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                      : "\x0BMSH|^~\\&|ACK\rMSA|AA|1\r\x1C\r";
}

class BadServers : public testing::TestWithParam<std::tuple<BadServer, Protocol>> {
protected:
    void SetUp() override {
        if (const auto reason = no_namespaces()) {
            ASSERT_EQ(std::getenv("CI"), nullptr) << *reason;
            GTEST_SKIP() << *reason;
        }
        pair_ = std::make_unique<NetworkPair>();
        pair_->inside(NetworkPair::Side::peer, [this] {
            server_ = std::make_unique<RawServer>(
                [this](RawPeer& peer, int connection) { serve(peer, connection); }, 1,
                NetworkPair::address(NetworkPair::Side::peer));
        });
        // The client's threads and sockets are where its reactor was made.
        pair_->inside(NetworkPair::Side::gateway, [this] { io_ = std::make_unique<IoThreads>(1); });
        endpoint_ = {.address = {NetworkPair::address(NetworkPair::Side::peer), server_->port()},
                     .tls = credentials_.client(Shown::own, our_name, other_name),
                     .server_name = own_name};
        // Little patience only where it is to end: a busy machine must not end the others.
        const auto connect = std::get<0>(GetParam()).conduct == Conduct::stalls ? 1s : 5s;
        http_ = std::make_unique<HttpClient>((*io_)[0], endpoint_,
                                             HttpClientLimits{.connect = connect});
        mllp_ = std::make_unique<MllpClient>((*io_)[0], endpoint_,
                                             MllpClientLimits{.connect = connect});
    }

    void TearDown() override {
        give_up();
        server_.reset();
    }

    // What a stalled server waits for.
    void give_up() {
        if (!std::exchange(over_, true)) {
            gave_up_.set_value();
        }
    }

    // The first connection is the bad one.
    void serve(RawPeer& peer, int connection) {
        const auto& [bad, protocol] = GetParam();
        const bool honest = connection > 1;
        const auto conduct = honest ? Conduct::answers : bad.conduct;
        const auto context =
            conduct == Conduct::does_not_know_us
                ? credentials_.server_that_trusts_strangers(own_name)
                : credentials_.server(honest ? Shown::own : bad.shown, own_name, other_name);
        if (conduct == Conduct::stalls) {
            still_stalled_ = given_up_.wait_for(10s) == std::future_status::ready;
        }
        if (conduct == Conduct::cuts_its_hello) {
            peer.send(std::string("\x16\x03\x03\x00\x7A\x02\x00\x00\x76\x03\x03", 11));
            return peer.half_close();
        }
        if (!peer.handshake_as_server(*context)) {
            return;
        }
        const std::string request =
            peer.receive_until(protocol == Protocol::http ? "letter" : "\x1C\r", 3s);
        if (!honest) {
            const std::lock_guard lock(mutex_);
            leaked_ += request;
        }
        if (conduct == Conduct::cuts_its_answer) {
            return peer.send_half_record(answer_of(protocol) + std::string(2'000, ' '));
        }
        peer.send(answer_of(protocol));
    }

    Outcome call() { return std::get<1>(GetParam()) == Protocol::http ? post() : send(); }

    Outcome post() {
        std::promise<HttpResult> result;
        http_->send({.method = "POST", .body = make_body("letter"), .deadline = 8s},
                    [&](HttpResult got) { result.set_value(std::move(got)); });
        const HttpResult got = result.get_future().get();
        return {got.response.has_value(), got.error, got.detail, got.request_bytes_sent};
    }

    Outcome send() {
        std::promise<MllpResult> result;
        mllp_->send(
            make_body("MSH|letter"), [&](MllpResult got) { result.set_value(std::move(got)); }, 8s);
        const MllpResult got = result.get_future().get();
        return {got.reply != nullptr, got.error, got.detail, got.message_bytes_sent};
    }

    std::string leaked() {
        const std::lock_guard lock(mutex_);
        return leaked_;
    }

    MatrixCredentials credentials_{CertificateAuthority("Matrix CA")};
    std::mutex mutex_;  // guards leaked_
    std::string leaked_;
    std::promise<void> gave_up_;
    std::shared_future<void> given_up_ = gave_up_.get_future().share();
    bool over_ = false;
    std::atomic<bool> still_stalled_ = false;  // when we gave up
    std::unique_ptr<NetworkPair> pair_;
    std::unique_ptr<RawServer> server_;
    std::unique_ptr<IoThreads> io_;
    ClientEndpoint endpoint_;
    std::unique_ptr<HttpClient> http_;
    std::unique_ptr<MllpClient> mllp_;
};

TEST_P(BadServers, GetNothingAndTheNextHonestOneDoes) {
    const auto& [bad, protocol] = GetParam();
    const Outcome outcome = call();
    EXPECT_FALSE(outcome.answered);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(to_string(*outcome.error),
              to_string(bad.error.at(protocol == Protocol::http ? 0 : 1)));
    EXPECT_NE(outcome.detail.find(bad.cause), std::string::npos) << outcome.detail;
    EXPECT_NE(outcome.detail.find(bad.remedy), std::string::npos) << outcome.detail;
    if (bad.conduct == Conduct::stalls) {
        give_up();
    }

    const Outcome next = call();
    EXPECT_TRUE(next.answered) << next.detail;
    // By now the bad connection is over, since the server serves one after the other.
    EXPECT_EQ(still_stalled_, bad.conduct == Conduct::stalls);
    if (bad.conduct != Conduct::cuts_its_answer && bad.conduct != Conduct::does_not_know_us) {
        EXPECT_FALSE(outcome.bytes_sent);
        EXPECT_EQ(leaked(), "");
    }
}

std::string name_of(const testing::TestParamInfo<std::tuple<BadServer, Protocol>>& info) {
    const auto& [server, protocol] = info.param;
    return server.name + std::string(protocol == Protocol::http ? "OverHttps" : "OverMllp");
}

INSTANTIATE_TEST_SUITE_P(Matrix, BadServers,
                         testing::Combine(testing::ValuesIn(bad_servers),
                                          testing::Values(Protocol::http, Protocol::mllp)),
                         name_of);

}  // namespace
}  // namespace gateway
