// What may become of a request, against a server that plays any part.
#include "gateway/net/http_client.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "gateway/base/failure.h"
#include "gateway/net/http_server.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ::testing::Test {
protected:
    HttpClient& client_to(std::uint16_t port, const std::string& host = "127.0.0.1") {
        client = std::make_unique<HttpClient>(io[0], ClientEndpoint{{host, port}, nullptr}, limits);
        return *client;
    }

    HttpResult call(HttpCall request) {
        std::promise<HttpResult> result;
        client->send(std::move(request),
                     [&](HttpResult outcome) { result.set_value(std::move(outcome)); });
        return result.get_future().get();
    }

    HttpClientLimits limits;
    IoThreads io{1};
    std::unique_ptr<HttpClient> client;
};

HttpCall post(Repeat repeat = Repeat::never) {
    return {.method = "POST", .target = "/x", .body = make_body("body"), .repeat = repeat};
}

TEST_F(HttpClientTest, SendsAWholeRequest) {
    std::string seen;
    RawServer server([&](RawPeer& peer, int) {
        seen = peer.receive_until("body");
        peer.send(ok);
    });
    client_to(server.port());
    HttpCall request = post();
    request.headers.add("Content-Type", "application/fhir+json");
    const HttpResult result = call(std::move(request));
    ASSERT_TRUE(result.response) << result.detail;
    EXPECT_EQ(result.response->status, 200);
    EXPECT_EQ(*result.response->body, "ok");
    EXPECT_EQ(seen, "POST /x HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                        "\r\nContent-Type: application/fhir+json\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_F(HttpClientTest, ResolvesAName) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("body");
        peer.send(ok);
    });
    client_to(server.port(), "localhost");
    EXPECT_TRUE(call(post()).response);
}

TEST_F(HttpClientTest, KeepsTheConnectionForTheNextRequest) {
    RawServer server([](RawPeer& peer, int) {
        for (int i = 0; i < 3; ++i) {
            peer.receive_until("body");
            peer.send(ok);
        }
    });
    client_to(server.port());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(call(post()).response);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, OpensANewConnectionAfterTheServerClosedTheOld) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("body");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
    client_to(server.port());
    EXPECT_TRUE(call(post()).response);
    EXPECT_TRUE(call(post()).response);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, ReadsALargeAnswer) {
    const std::string large(3'000'000, 'x');
    RawServer server([&](RawPeer& peer, int) {
        peer.receive_until("body");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + large);
    });
    client_to(server.port());
    const HttpResult result = call(post());
    ASSERT_TRUE(result.response) << result.detail;
    EXPECT_EQ(*result.response->body, large);
}

// --- every way to fail has its type

struct FailureCase {
    const char* name;
    const char* answer;
    TransportError error;
};

class HttpClientFailureTest : public HttpClientTest,
                              public ::testing::WithParamInterface<FailureCase> {};

TEST_P(HttpClientFailureTest, IsNeverAResponse) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("body");
        peer.send(GetParam().answer);
    });
    client_to(server.port());
    const HttpResult result = call(post());
    EXPECT_FALSE(result.response);
    ASSERT_TRUE(result.error);
    EXPECT_EQ(*result.error, GetParam().error) << result.detail;
    EXPECT_TRUE(result.request_bytes_sent);
}

INSTANTIATE_TEST_SUITE_P(
    Failures, HttpClientFailureTest,
    ::testing::Values(
        FailureCase{"Silence", "", TransportError::closed_before_response},
        FailureCase{"HalfAHead", "HTTP/1.1 200 O", TransportError::incomplete_response},
        FailureCase{"HalfABody", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
                    TransportError::incomplete_response},
        FailureCase{"HalfChunks",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
                    TransportError::incomplete_response},
        FailureCase{"Garbage", "SSH-2.0-OpenSSH\r\n\r\n", TransportError::protocol},
        FailureCase{"TooLarge", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                    TransportError::protocol}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(HttpClientTest, NamesARefusedConnection) {
    std::uint16_t port = 0;
    {
        const RawServer gone([](RawPeer&, int) {});
        port = gone.port();
    }
    client_to(port);
    const HttpResult result = call(post());
    EXPECT_EQ(result.error, TransportError::connect) << result.detail;
    EXPECT_FALSE(result.request_bytes_sent);
}

TEST_F(HttpClientTest, NamesAHostWithoutAddress) {
    client_to(1, "no-such-host.invalid");
    EXPECT_EQ(call(post()).error, TransportError::resolve);
}

TEST_F(HttpClientTest, EndsARequestAtItsDeadlineHoweverTheAnswerTrickles) {
    RawServer server([](RawPeer& peer, int) {
        peer.receive_until("body");
        for (const char c : ok) {
            peer.send({&c, 1});
            std::this_thread::sleep_for(20ms);
        }
    });
    client_to(server.port());
    HttpCall request = post();
    request.deadline = 150ms;
    const auto begun = std::chrono::steady_clock::now();
    const HttpResult result = call(std::move(request));
    EXPECT_EQ(result.error, TransportError::timeout);
    EXPECT_TRUE(result.request_bytes_sent);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

TEST_F(HttpClientTest, EndsARequestThatNeverGotAConnection) {
    limits.connections_max = 1;
    RawServer server([](RawPeer& peer, int) { peer.ends_within(2s); });
    client_to(server.port());
    std::promise<HttpResult> first;
    HttpCall slow = post();
    slow.deadline = 400ms;
    client->send(slow, [&](HttpResult outcome) { first.set_value(std::move(outcome)); });
    HttpCall queued = post();
    queued.deadline = 100ms;
    const HttpResult second = call(std::move(queued));
    EXPECT_EQ(second.error, TransportError::timeout);
    EXPECT_FALSE(second.request_bytes_sent);
    EXPECT_EQ(first.get_future().get().error, TransportError::timeout);
}

// A connection to loopback may be open before the call that dials returns: what waits must not be
// dialled for again and again.
TEST_F(HttpClientTest, DialsNoMoreOnceItIsClosed) {
    limits.connections_max = 1;
    std::promise<void> under_way;
    RawServer server([&](RawPeer& peer, int connection) {
        peer.receive_until("body");
        if (connection == 1) {
            under_way.set_value();
        }
        peer.ends_within(5s);
    });
    client_to(server.port());
    std::vector<std::optional<TransportError>> errors;
    for (int i = 0; i < 2; ++i) {
        client->send(post(), [&](const HttpResult& result) { errors.push_back(result.error); });
    }
    under_way.get_future().wait();
    io[0].settle([] {});
    client.reset();
    const std::optional<TransportError> stopped = TransportError::stopped;
    EXPECT_EQ(errors, (std::vector{stopped, stopped}));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, RefusesMoreThanMayWait) {
    limits.connections_max = 1;
    limits.waiting_max = 1;
    RawServer server([](RawPeer& peer, int) { peer.ends_within(500ms); });
    client_to(server.port());
    std::mutex mutex;
    std::vector<std::optional<TransportError>> errors;
    const auto note = [&](const HttpResult& result) {
        const std::lock_guard lock(mutex);
        errors.push_back(result.error);
    };
    for (int i = 0; i < 3; ++i) {
        client->send(post(), note);
    }
    io[0].settle([] {});
    {
        const std::lock_guard lock(mutex);
        ASSERT_GE(errors.size(), 1U);
        EXPECT_EQ(errors.front(), TransportError::overloaded);
    }
    client.reset();
    EXPECT_EQ(errors.back(), TransportError::stopped);
    EXPECT_EQ(errors.size(), 3U);
}

// --- the reuse race (RFC 9112 §9.3.1)

// Answers once on each connection and closes it as soon as the second request has begun.
RawServer::Script closes_on_reuse() {
    return [](RawPeer& peer, int connection) {
        peer.receive_until("body");
        peer.send(ok);
        if (connection == 1) {
            peer.receive_until("POST");
        }
    };
}

TEST_F(HttpClientTest, RepeatsAHarmlessRequestOnceWhereAnOldConnectionWasClosed) {
    RawServer server(closes_on_reuse());
    client_to(server.port());
    EXPECT_TRUE(call(post()).response);
    EXPECT_TRUE(call(post(Repeat::harmless)).response);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, NeverRepeatsARequestThatIsNotHarmless) {
    RawServer server(closes_on_reuse());
    client_to(server.port());
    EXPECT_TRUE(call(post()).response);
    EXPECT_EQ(call(post(Repeat::never)).error, TransportError::closed_before_response);
}

TEST_F(HttpClientTest, NeverRepeatsOnAFreshConnection) {
    RawServer server([](RawPeer& peer, int) { peer.receive_until("body"); });
    client_to(server.port());
    EXPECT_EQ(call(post(Repeat::harmless)).error, TransportError::closed_before_response);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, DropsAConnectionThatSpeaksUnasked) {
    RawServer server([](RawPeer& peer, int connection) {
        peer.receive_until("body");
        peer.send(ok + (connection == 1 ? ok : ""));  // a second answer to one request
        peer.ends_within(500ms);
    });
    client_to(server.port());
    EXPECT_TRUE(call(post()).response);
    EXPECT_TRUE(call(post()).response);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, RefusesTargetsThatWouldSplitTheRequest) {
    RawServer server([](RawPeer& peer, int) { peer.ends_within(200ms); });
    client_to(server.port());
    HttpCall request = post();
    request.target = "/x HTTP/1.1\r\nEvil: 1";
    const HttpResult result = call(std::move(request));
    EXPECT_EQ(result.error, TransportError::protocol);
    EXPECT_FALSE(result.request_bytes_sent);
}

TEST_F(HttpClientTest, SpreadsManyCallsOverItsConnections) {
    HttpServerSettings settings;
    settings.address = {"127.0.0.1", 0};
    HttpServer server(io.reactors(), settings,
                      [](const HttpRequest& request, const HttpReply& reply) {
                          reply.send({200, {}, request.body});
                      });
    client_to(server.port());
    std::atomic<int> answered = 0;
    std::promise<void> done;
    constexpr int calls = 200;
    for (int i = 0; i < calls; ++i) {
        const std::string text = std::to_string(i);
        client->send({.method = "PUT", .body = make_body(text)}, [&, text](const HttpResult& one) {
            EXPECT_TRUE(one.response && *one.response->body == text) << one.detail;
            if (++answered == calls) {
                done.set_value();
            }
        });
    }
    done.get_future().get();
    EXPECT_LE(server.connections(), limits.connections_max);
}

}  // namespace
}  // namespace gateway
