#include "gateway/net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "gateway/base/failure.h"
#include "tests/net/held.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

HttpResponse echo(const HttpRequest& request) {
    HttpResponse response;
    response.headers.add("X-Method", request.method);
    response.body = request.body;
    return response;
}

// A plain server on loopback that echoes bodies and counts what reaches it.
class HttpServerTest : public ::testing::Test {
protected:
    void start(HttpServer::OnRequest on_request = {}, HttpServer::OnHead on_head = {}) {
        settings.address = {"127.0.0.1", 0};
        server = std::make_unique<HttpServer>(
            io.reactors(), settings,
            [this, on_request](HttpRequest request, HttpReply reply) {
                ++requests;
                if (on_request) {
                    return on_request(std::move(request), std::move(reply));
                }
                reply.send(echo(request));
            },
            std::move(on_head));
    }

    RawPeer peer() const { return RawPeer(server->port()); }

    std::string answer_to(std::string_view bytes) {
        RawPeer raw = peer();
        raw.send(bytes);
        raw.half_close();
        return raw.receive_all();
    }

    HttpServerSettings settings;
    std::atomic<int> requests = 0;
    IoThreads io{2};
    std::unique_ptr<HttpServer> server;
};

const std::string get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(std::string_view body) {
    return "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
}

TEST_F(HttpServerTest, AnswersARequestWithItsBody) {
    start();
    RawPeer raw = peer();
    raw.send(post("hello"));
    const std::string answer = raw.receive_until("hello");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Date: "), std::string::npos);
    EXPECT_NE(answer.find("X-Method: POST\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, ServesManyRequestsOnOneConnection) {
    start();
    RawPeer raw = peer();
    for (const std::string body : {"one", "two", "three"}) {
        raw.send(post(body));
        EXPECT_TRUE(raw.receive_until(body).ends_with(body));
    }
    EXPECT_EQ(requests, 3);
    EXPECT_EQ(server->connections(), 1U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    RawPeer raw = peer();
    raw.send(post("first") + post("second"));
    const std::string answer = raw.receive_until("second");
    EXPECT_LT(answer.find("first"), answer.find("second"));
}

TEST_F(HttpServerTest, JoinsAChunkedBody) {
    start();
    RawPeer raw = peer();
    raw.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npain\r\n");
    std::this_thread::sleep_for(20ms);
    raw.send("6;x=y\r\nbridge\r\n0\r\nTrailer: t\r\n\r\n");
    EXPECT_TRUE(raw.receive_until("painbridge").ends_with("painbridge"));
}

TEST_F(HttpServerTest, TakesARequestByteByByte) {
    start();
    RawPeer raw = peer();
    for (const char c : post("slow")) {
        raw.send({&c, 1});
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(raw.receive_until("slow").ends_with("slow"));
}

TEST_F(HttpServerTest, CarriesALetterOfThreeMegabytes) {
    start();
    const std::string letter(3'000'000, 'L');
    RawPeer raw = peer();
    std::jthread sender([&] { raw.send(post(letter)); });
    const std::string answer = raw.receive_until(letter);
    EXPECT_TRUE(answer.ends_with(letter));
}

TEST_F(HttpServerTest, SaysContinueToOneWhoWaitsForIt) {
    start();
    RawPeer raw = peer();
    raw.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(raw.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    raw.send("pain");
    EXPECT_TRUE(raw.receive_until("pain").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, SendsNoBodyInAnswerToHead) {
    start([](const HttpRequest&, const HttpReply& reply) {
        reply.send({200, {}, make_body("unseen")});
    });
    RawPeer raw = peer();
    raw.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    raw.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string answer = raw.receive_all();
    EXPECT_NE(answer.find("Content-Length: 6\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("unseen"), std::string::npos);
}

TEST_F(HttpServerTest, ClosesAfterAnOldRequest) {
    start();
    RawPeer raw = peer();
    raw.send("GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(raw.receive_all().find("Connection: close\r\n"), std::string::npos);
}

// --- what a cut message must never do

struct CutCase {
    const char* name;
    const char* bytes;
};

class CutBodyTest : public HttpServerTest, public ::testing::WithParamInterface<CutCase> {};

TEST_P(CutBodyTest, NeverReachesTheApplication) {
    start();
    RawPeer raw = peer();
    raw.send(GetParam().bytes);
    raw.half_close();
    raw.receive_all();
    EXPECT_EQ(requests, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Cut, CutBodyTest,
    ::testing::Values(
        CutCase{"Length", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nhello"},
        CutCase{"Chunk",
                "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhal"},
        CutCase{
            "LastChunk",
            "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"},
        CutCase{"ChunkSize",
                "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                "chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"},
        CutCase{"Head", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Le"}),
    [](const auto& tested) { return tested.param.name; });

// --- authentication comes before the body

TEST_F(HttpServerTest, RefusesByTheHeadBeforeTheBodyIsRead) {
    start({}, [](const HttpRequestHead&) { return HttpResponse{401}; });
    RawPeer raw = peer();
    raw.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
    const std::string answer = raw.receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(requests, 0);
}

TEST_F(HttpServerTest, LetsARefusedSenderReadTheAnswerWhileItStillSends) {
    start({}, [](const HttpRequestHead&) { return HttpResponse{413}; });
    RawPeer raw = peer();
    raw.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
    raw.send(std::string(1'000'000, 'x'));
    EXPECT_TRUE(raw.receive_all().starts_with("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, HandsOnWhatTheHeadHookLearnt) {
    const Held<std::string> learnt;
    start(
        [learnt](const HttpRequest& request, const HttpReply& reply) {
            learnt.put(*std::static_pointer_cast<const std::string>(request.attachment));
            reply.send({});
        },
        [](HttpRequestHead& head) -> std::optional<HttpResponse> {
            head.attachment = std::make_shared<const std::string>("partner of " + head.peer_ip);
            return std::nullopt;
        });
    answer_to(get);
    EXPECT_EQ(learnt.take(), "partner of 127.0.0.1");
}

TEST_F(HttpServerTest, HoldsABodyToTheLimitOfItsRoute) {
    start({}, [](HttpRequestHead& head) -> std::optional<HttpResponse> {
        head.body_bytes_max = 1'000;
        return std::nullopt;
    });
    EXPECT_TRUE(answer_to(post(std::string(3'000, 'x'))).starts_with("HTTP/1.1 413"));
    EXPECT_TRUE(
        answer_to("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nbb8\r\n" +
                  std::string(3'000, 'x') + "\r\n0\r\n\r\n")
            .starts_with("HTTP/1.1 413"));
    EXPECT_EQ(requests, 0);
    EXPECT_TRUE(answer_to(post(std::string(1'000, 'x'))).starts_with("HTTP/1.1 200"));
}

// --- replies

TEST_F(HttpServerTest, TakesTheReplyFromAnotherThread) {
    const Held<std::pair<HttpRequest, HttpReply>> held;
    start([held](const HttpRequest& request, const HttpReply& reply) {
        held.put({request, reply});
    });
    RawPeer raw = peer();
    raw.send(post("later"));
    const auto [request, reply] = held.take();
    reply.send(echo(request));
    EXPECT_TRUE(raw.receive_until("later").ends_with("later"));
}

TEST_F(HttpServerTest, AnswersFiveHundredWhereTheReplyIsDropped) {
    start([](const HttpRequest&, const HttpReply&) {});
    EXPECT_TRUE(answer_to(get).starts_with("HTTP/1.1 500"));
}

TEST_F(HttpServerTest, AnswersFiveHundredWhereTheApplicationThrows) {
    start([](const HttpRequest&, const HttpReply&) { throw std::runtime_error("x"); });
    EXPECT_TRUE(answer_to(get).starts_with("HTTP/1.1 500"));
}

TEST_F(HttpServerTest, TakesOnlyTheFirstReply) {
    start([](const HttpRequest&, const HttpReply& reply) {
        reply.send({201});
        reply.send({202});
    });
    RawPeer raw = peer();
    raw.send(get + get);
    const std::string answer = raw.receive_until("never", 200ms);
    EXPECT_EQ(answer.find("HTTP/1.1 202"), std::string::npos);
    EXPECT_NE(answer.find("HTTP/1.1 201", 20), std::string::npos);
}

TEST_F(HttpServerTest, AnswersForAnApplicationThatTakesTooLong) {
    settings.limits.reply = 50ms;
    const Held<HttpReply> held;
    start([held](const HttpRequest&, const HttpReply& reply) { held.put(reply); });
    EXPECT_TRUE(answer_to(get).starts_with("HTTP/1.1 503"));
    held.take().send({});  // too late, and harmless
}

TEST_F(HttpServerTest, RefusesToWriteAHeaderThatSplitsTheResponse) {
    HttpHeaders headers;
    EXPECT_THROW(headers.add("Location", "/a\r\nSet-Cookie: x"), Failure);
    EXPECT_THROW(headers.set("Location", std::string_view("/a\0b", 4)), Failure);
    EXPECT_THROW(headers.add("Bad Name", "x"), Failure);
    EXPECT_EQ(headers.size(), 0U);
}

TEST_F(HttpServerTest, RendersItsOwnRefusalsAsTheApplicationWants) {
    settings.render_refusal = [](const HttpRefusal& refusal) {
        HttpResponse response;
        response.headers.add("Content-Type", "application/fhir+json");
        response.body = make_body("{\"why\":\"" + std::string(refusal.reason) + "\"}");
        return response;
    };
    start();
    const std::string answer = answer_to("POST /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 411")) << answer;
    EXPECT_NE(answer.find("application/fhir+json"), std::string::npos);
}

// --- deadlines are absolute

TEST_F(HttpServerTest, EndsAHeadThatTricklesPastItsDeadline) {
    settings.limits.head = 150ms;
    start();
    RawPeer raw = peer();
    raw.send("GET /a HTTP/1.1\r\n");
    for (int i = 0; i < 20; ++i) {
        raw.send("X");
        std::this_thread::sleep_for(15ms);
    }
    EXPECT_TRUE(raw.receive_all(500ms).starts_with("HTTP/1.1 408"));
}

TEST_F(HttpServerTest, EndsABodyThatTrickles) {
    settings.limits.connection.transfer_grace = 150ms;
    start();
    RawPeer raw = peer();
    raw.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 30; ++i) {
        raw.send("x");
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(raw.receive_all(500ms).starts_with("HTTP/1.1 408"));
    EXPECT_EQ(requests, 0);
}

TEST_F(HttpServerTest, EndsAPeerThatDoesNotTakeItsAnswer) {
    settings.limits.connection.transfer_grace = 100ms;
    start([](const HttpRequest&, const HttpReply& reply) {
        reply.send({200, {}, make_body(std::string(50'000'000, 'x'))});
    });
    RawPeer raw = peer();
    raw.send(get);
    while (requests == 0) {
        std::this_thread::sleep_for(1ms);
    }
    for (int i = 0; i < 200 && server->connections() > 0; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTest, ClosesAnIdleConnection) {
    settings.limits.idle = 50ms;
    start();
    RawPeer raw = peer();
    raw.send(post("x"));
    EXPECT_TRUE(raw.ends_within(2s));
}

TEST_F(HttpServerTest, ClosesAConnectionThatNeverSpeaks) {
    settings.limits.head = 50ms;
    start();
    EXPECT_TRUE(peer().ends_within(2s));
}

// --- caps and the end

TEST_F(HttpServerTest, BoundsTheConnectionsOfOnePeer) {
    settings.limits.connection.connections_per_peer_max = 2;
    start();
    RawPeer first = peer();
    RawPeer second = peer();
    first.send(get);
    second.send(get);
    first.receive_until("\r\n\r\n");
    second.receive_until("\r\n\r\n");
    EXPECT_TRUE(peer().ends_within(2s));
    first.close();
    std::this_thread::sleep_for(50ms);
    RawPeer third = peer();
    third.send(get);
    EXPECT_TRUE(third.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, StopsAfterTheRequestUnderWayIsAnswered) {
    const Held<HttpReply> held;
    start([held](const HttpRequest&, const HttpReply& reply) { held.put(reply); });
    RawPeer busy = peer();
    busy.send(get);
    RawPeer idle = peer();
    const HttpReply reply = held.take();
    std::jthread stopping([&] { server->stop(5s); });
    EXPECT_TRUE(idle.ends_within(2s));
    idle.close();
    EXPECT_THROW(peer(), std::runtime_error);
    reply.send({204});
    EXPECT_TRUE(busy.receive_all().starts_with("HTTP/1.1 204"));
    busy.close();
    stopping.join();
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTest, CutsWhatIsStillBusyAfterTheGraceTime) {
    const Held<HttpReply> held;
    start([held](const HttpRequest&, const HttpReply& reply) { held.put(reply); });
    RawPeer raw = peer();
    raw.send(get);
    const HttpReply kept = held.take();
    const auto begun = std::chrono::steady_clock::now();
    server->stop(50ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    EXPECT_TRUE(raw.ends_within(1s));
}

TEST_F(HttpServerTest, RefusesAPortThatIsTaken) {
    start();
    HttpServerSettings same = settings;
    same.address.port = server->port();
    try {
        const HttpServer second(io.reactors(), same, {});
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_NE(failure.internal().find(std::to_string(server->port())), std::string::npos);
    }
}

TEST_F(HttpServerTest, TellsTheLogWhatItRefused) {
    const Held<ConnectionFault> faults;
    settings.on_fault = [faults](const ConnectionFault& fault) { faults.put(fault); };
    start();
    answer_to("POST /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const ConnectionFault fault = faults.take();
    EXPECT_EQ(fault.peer_ip, "127.0.0.1");
    EXPECT_TRUE(fault.reason.starts_with("411 ")) << fault.reason;
}

TEST_F(HttpServerTest, RefusesToListenInPlainBeyondLoopback) {
    settings.address = {"0.0.0.0", 0};
    EXPECT_THROW(HttpServer(io.reactors(), settings, {}), Failure);
}

std::shared_ptr<BodyRoom> room_of(std::uint64_t memory, std::uint64_t spill_above) {
    return std::make_shared<BodyRoom>(
        BodyRoomLimits{.memory_bytes_max = memory,
                       .spill_above = spill_above,
                       .spill_bytes_max = 100'000'000,
                       .spill_folder = std::filesystem::temp_directory_path().string()});
}

std::string post_of_length(std::size_t length) {
    return "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(length) +
           "\r\n\r\n";
}

TEST_F(HttpServerTest, AnswersABodyThatWentThroughAFile) {
    settings.room = room_of(10'000'000, 100'000);
    start();
    const std::string body = std::string(2'000'000, 'b') + "end";
    RawPeer raw = peer();
    raw.send(post(body));
    const std::string answer = raw.receive_until("bend");
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
    raw.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" +
             std::string(200'000, 'c') + "\r\n3\r\nend\r\n0\r\n\r\n");
    const std::string chunked = raw.receive_until("cend");
    EXPECT_EQ(chunked.substr(chunked.find("\r\n\r\n") + 4), std::string(200'000, 'c') + "end");
}

TEST_F(HttpServerTest, KeepsAStalledLargeBodyOutOfMemory) {
    settings.room = room_of(10'000'000, 100'000);
    start();
    RawPeer raw = peer();
    raw.send(post_of_length(1'000'000) + std::string(900'000, 'b'));
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (settings.room->taken(BodyRoom::Kind::disk) < 900'000 &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(settings.room->taken(BodyRoom::Kind::disk), 900'000U);
    EXPECT_EQ(settings.room->taken(BodyRoom::Kind::memory), 0U);
    EXPECT_EQ(requests, 0);
}

TEST_F(HttpServerTest, RefusesABodyThatThereIsNoRoomForAndSaysWhenToComeBack) {
    settings.room = room_of(100'000, 1'000'000);
    start();
    RawPeer raw = peer();
    raw.send(post(std::string(150'000, 'b')));
    const std::string answer = raw.receive_until("\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos) << answer;
    EXPECT_EQ(settings.room->taken(BodyRoom::Kind::memory), 0U) << "a refusal keeps its room";
    EXPECT_EQ(requests, 0);
    EXPECT_TRUE(answer_to(post("small")).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, CountsBodiesThatTheApplicationStillHolds) {
    settings.room = room_of(100'000, 1'000'000);
    const Held<HttpBody> held;
    start([held](const HttpRequest& request, const HttpReply& reply) {
        held.put(request.body);
        reply.send({.status = 200});
    });
    EXPECT_TRUE(answer_to(post(std::string(60'000, 'b'))).starts_with("HTTP/1.1 200 "));
    auto body = held.take();
    EXPECT_TRUE(answer_to(post(std::string(60'000, 'b'))).starts_with("HTTP/1.1 503 "));
    body.reset();
    EXPECT_TRUE(answer_to(post(std::string(60'000, 'b'))).starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, TakesNoRoomForWhatWasOnlyPromised) {
    settings.room = room_of(1'000'000, 10'000'000);
    start();
    RawPeer raw = peer();
    raw.send(post_of_length(900'000) + "b");
    EXPECT_TRUE(answer_to(post(std::string(800'000, 'b'))).starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace gateway
