// What comes to OpenSSL and when: peers that send their records in pieces, stall in the middle, or
// send what is none.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <future>
#include <mutex>

#include "gateway/net/http_client.h"
#include "gateway/net/http_server.h"
#include "tests/net/raw_peer.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

class TlsWireTest : public ::testing::Test {
protected:
    void serve(std::chrono::milliseconds handshake = 60s) {
        HttpServerSettings settings;
        settings.address = {"127.0.0.1", 0};
        settings.tls = certificates.server();
        settings.limits.connection.handshake = handshake;
        settings.on_fault = [this](const ConnectionFault& fault) {
            const std::lock_guard lock(mutex);
            faults.push_back(fault.stage + ": " + fault.reason);
        };
        server = std::make_unique<HttpServer>(
            io.reactors(), settings, [](const HttpRequest& request, const HttpReply& reply) {
                HttpResponse response;
                response.body = request.body;
                reply.send(std::move(response));
            });
    }

    HttpResult post(const std::string& body, std::uint16_t port,
                    std::shared_ptr<const TlsContext> tls) {
        HttpClient client(io[0], {{"127.0.0.1", port}, std::move(tls)});
        std::promise<HttpResult> result;
        client.send({.method = "POST", .target = "/", .body = make_body(body), .deadline = 20s},
                    [&](HttpResult outcome) { result.set_value(std::move(outcome)); });
        return result.get_future().get();
    }

    // The one fault that there was.
    std::string fault() {
        const std::lock_guard lock(mutex);
        EXPECT_EQ(faults.size(), 1U);
        return faults.empty() ? "none" : faults.front();
    }

    TestCertificates certificates;
    std::mutex mutex;
    std::vector<std::string> faults;
    IoThreads io{2};
    std::unique_ptr<HttpServer> server;
};

// Carries both ways between a client and `server`, so many bytes at a time.
RawServer::Script relay_in_pieces(std::uint16_t server, std::size_t piece) {
    return [server, piece](RawPeer& client, int) {
        RawPeer far(server);
        const auto carry = [piece](RawPeer& from, RawPeer& to) {
            const std::string bytes = from.receive_some(2ms);
            for (std::size_t at = 0; at < bytes.size(); at += piece) {
                to.send(std::string_view(bytes).substr(at, piece));
            }
            return !from.has_ended();
        };
        while (carry(client, far) && carry(far, client)) {
        }
    };
}

TEST_F(TlsWireTest, UnderstandsRecordsThatComeByteByByte) {
    serve();
    RawServer relay(relay_in_pieces(server->port(), 1));
    const std::string letter(3'000, 'a');
    const HttpResult result = post(letter, relay.port(), certificates.client());
    ASSERT_TRUE(result.response) << result.detail;
    EXPECT_EQ(*result.response->body, letter);
}

TEST_F(TlsWireTest, UnderstandsRecordsCutAnywhere) {
    serve();
    std::string letter;
    for (int i = 0; letter.size() < 400'000; ++i) {
        letter += std::to_string(i) + ",";
    }
    for (const std::size_t piece : {97U, 997U, 4'096U}) {
        RawServer relay(relay_in_pieces(server->port(), piece));
        const HttpResult result = post(letter, relay.port(), certificates.client());
        ASSERT_TRUE(result.response) << piece << ": " << result.detail;
        EXPECT_TRUE(*result.response->body == letter) << piece;
    }
}

TEST_F(TlsWireTest, UnderstandsTlsOneTwoInPieces) {
    serve();
    const auto twelve = certificates.client();
    use_tls_1_2_only(*twelve);
    RawServer relay(relay_in_pieces(server->port(), 7));
    EXPECT_TRUE(post("letter", relay.port(), twelve).response);
}

TEST_F(TlsWireTest, EndsAMessageThatIsCutInsideARecord) {
    serve();
    RawServer cutting([&](RawPeer& client, int) {
        RawPeer far(server->port());
        std::size_t left = 4'000;  // of some 1,500 for the handshake and a record of 5,000
        while (left > 0 && !client.has_ended()) {
            const std::string bytes = client.receive_some(2ms).substr(0, left);
            far.send(bytes);
            left -= bytes.size();
            client.send(far.receive_some(2ms));
        }
        far.half_close();
        EXPECT_TRUE(far.ends_within(5s));
    });
    EXPECT_FALSE(post(std::string(5'000, 'a'), cutting.port(), certificates.client()).response);
}

// --- the greeting

// A ClientHello of 512 bytes begins.
constexpr std::string_view half_a_greeting{"\x16\x03\x01\x02\x00\x01", 6};

// One that says it has 65,536 bytes, in TLS 1.3's own second greeting as well as in the first.
constexpr std::string_view huge_greeting{"\x16\x03\x03\x00\x04\x01\x01\x00\x00", 9};

constexpr std::string_view change_cipher_spec{"\x14\x03\x03\x00\x01\x01", 6};

TEST_F(TlsWireTest, EndsAGreetingThatIsCut) {
    serve();
    RawPeer raw(server->port());
    raw.send(half_a_greeting);
    raw.half_close();
    EXPECT_TRUE(raw.ends_within(5s));
    EXPECT_TRUE(fault().starts_with("handshake: TLS handshake: unexpected eof")) << fault();
}

TEST_F(TlsWireTest, EndsAConnectionThatSaysNothingAndLeaves) {
    serve();
    RawPeer raw(server->port());
    raw.half_close();
    EXPECT_TRUE(raw.ends_within(5s));
    EXPECT_TRUE(fault().starts_with("probe: ")) << fault();
}

TEST_F(TlsWireTest, EndsAGreetingThatStalls) {
    serve(300ms);
    RawPeer raw(server->port());
    raw.send(half_a_greeting);
    EXPECT_TRUE(raw.ends_within(5s));
    EXPECT_TRUE(fault().starts_with("handshake: the handshake took too long")) << fault();
}

// A byte now and then does not move the deadline.
TEST_F(TlsWireTest, EndsAGreetingThatTrickles) {
    serve(300ms);
    const std::string greeting = greeting_of(*certificates.client());
    RawPeer raw(server->port());
    for (std::size_t i = 0; i < greeting.size() && !raw.has_ended(); ++i) {
        raw.send(std::string_view(greeting).substr(i, 1));
        raw.receive_some(20ms);
    }
    EXPECT_TRUE(raw.has_ended());
    EXPECT_TRUE(fault().starts_with("handshake: the handshake took too long")) << fault();
}

TEST_F(TlsWireTest, EndsAtOnceWithAPeerThatSpeaksNoTls) {
    const std::pair<std::string_view, std::string_view> foreign[] = {
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "http request"},
        {"\x0bMSH|^~\\&|", "wrong version number"},
        {{"\x15\x03\x01\x00\x02\x02\x28", 7}, "unexpected message"},
    };
    for (const auto& [bytes, words] : foreign) {
        serve();
        faults.clear();
        RawPeer raw(server->port());
        raw.send(bytes);
        EXPECT_TRUE(raw.ends_within(5s)) << bytes;
        EXPECT_NE(fault().find(words), std::string::npos) << fault();
    }
}

TEST_F(TlsWireTest, EndsAtOnceWithAHugeGreeting) {
    serve();
    RawPeer raw(server->port());
    raw.send(huge_greeting);
    EXPECT_TRUE(raw.ends_within(5s));
    EXPECT_TRUE(fault().starts_with("handshake: TLS handshake: a greeting that would be huge"));
}

TEST_F(TlsWireTest, AsksForAnotherGreetingWhereTheKeySharesDoNotFit) {
    serve();
    const auto tls = certificates.client();
    SSL_CTX_set1_groups_list(tls->native(), "P-521:P-256");
    EXPECT_TRUE(post("letter", server->port(), tls).response);
    RawServer relay(relay_in_pieces(server->port(), 1));
    EXPECT_TRUE(post("letter", relay.port(), tls).response);
}

TEST_F(TlsWireTest, EndsAtOnceWithAHugeSecondGreeting) {
    serve();
    const auto tls = certificates.client();
    SSL_CTX_set1_groups_list(tls->native(), "P-521:P-256");
    const std::string first = greeting_of(*tls);
    const std::string answered = "\x16\x03\x03";  // HelloRetryRequest
    for (const bool in_one_piece : {true, false}) {
        faults.clear();
        RawPeer raw(server->port());
        raw.send(in_one_piece ? first + std::string(change_cipher_spec) + std::string(huge_greeting)
                              : first);
        EXPECT_NE(raw.receive_until(answered), "");
        if (!in_one_piece) {
            raw.send(change_cipher_spec);
            raw.send(huge_greeting);
        }
        EXPECT_TRUE(raw.ends_within(5s));
        EXPECT_TRUE(fault().starts_with("handshake: TLS handshake: a greeting that would be huge"));
    }
}

// --- after it

TEST_F(TlsWireTest, EndsAtOnceWithCertificatesOfHugeSize) {
    serve();
    const auto twelve = certificates.client();
    use_tls_1_2_only(*twelve);
    RawPeer raw(server->port());
    raw.send(greeting_of(*twelve));
    raw.receive_until({"\x0e\x00\x00\x00", 4});             // ServerHelloDone
    raw.send({"\x16\x03\x03\x00\x04\x0b\x00\x80\x00", 9});  // Certificate of 32,768 bytes
    EXPECT_TRUE(raw.ends_within(5s));
    EXPECT_NE(fault().find("excessive message size"), std::string::npos) << fault();
}

TEST_F(TlsWireTest, EndsWhereRecordsTurnIntoSomethingElse) {
    serve();
    RawPeer raw(server->port(), *certificates.client());
    raw.send_raw("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(raw.ends_within(5s));
}

}  // namespace
}  // namespace gateway
