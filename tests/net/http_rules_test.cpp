// The seven rules of traps.md, each with real bytes on a real connection: what is refused never
// reaches the application.
#include <gtest/gtest.h>

#include <atomic>

#include "gateway/net/http_rules.h"
#include "gateway/net/http_server.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

struct RuleCase {
    const char* name;
    int status;
    std::string head;  // without the blank line
};

std::string with(const std::string& fields) {
    return "POST /fhir HTTP/1.1\r\nHost: localhost\r\n" + fields;
}

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost";
}

std::string many_headers(int count) {
    std::string head = get("/");
    for (int i = 0; i < count; ++i) {
        head += "\r\nX-" + std::to_string(i) + ": 1";
    }
    return head;
}

const std::string nul(1, '\0');

const std::vector<RuleCase> cases = {
    // 1: Transfer-Encoding is exactly `chunked`
    {"CodingOther", 400, with("Transfer-Encoding: gzip")},
    {"CodingList", 400, with("Transfer-Encoding: gzip, chunked")},
    {"CodingTwice", 400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")},
    {"CodingQuoted", 400, with("Transfer-Encoding: \"chunked\"")},
    {"CodingTab", 400, with("Transfer-Encoding: \vchunked")},
    {"CodingIdentity", 400, with("Transfer-Encoding: identity\r\nContent-Length: 0")},
    {"CodingThenLength", 400, with("Transfer-Encoding: chunked\r\nContent-Length: 0")},
    {"LengthThenCoding", 400, with("Content-Length: 0\r\nTransfer-Encoding: chunked")},
    // 2: not on HTTP/1.0
    {"CodingOnOldVersion", 400, "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked"},
    // lengths
    {"LengthTwice", 400, with("Content-Length: 0\r\nContent-Length: 0")},
    {"LengthsDiffer", 400, with("Content-Length: 0\r\nContent-Length: 5")},
    {"LengthList", 400, with("Content-Length: 0, 0")},
    {"LengthPlus", 400, with("Content-Length: +5")},
    {"LengthMinus", 400, with("Content-Length: -1")},
    {"LengthThousands", 400, with("Content-Length: 1,000")},
    {"LengthHex", 400, with("Content-Length: 0x10")},
    {"LengthEmpty", 400, with("Content-Length: ")},
    {"LengthHuge", 400, with("Content-Length: 99999999999999999999999")},
    {"LengthBeyondLimit", 413, with("Content-Length: 999999999")},
    // 3: exactly one Host, of those served
    {"NoHost", 400, "GET / HTTP/1.1\r\nX: y"},
    {"TwoHosts", 400, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost"},
    {"EmptyHost", 400, "GET / HTTP/1.1\r\nHost: "},
    {"HostWithPath", 400, "GET / HTTP/1.1\r\nHost: localhost/evil"},
    {"HostWithUser", 400, "GET / HTTP/1.1\r\nHost: a@localhost"},
    {"HostList", 400, "GET / HTTP/1.1\r\nHost: localhost, evil.example"},
    {"HostBadPort", 400, "GET / HTTP/1.1\r\nHost: localhost:80x"},
    {"HostNotServed", 421, "GET / HTTP/1.1\r\nHost: evil.example"},
    {"AbsoluteTargetNotServed", 421, "GET http://evil.example/ HTTP/1.1\r\nHost: localhost"},
    // 4: folded lines
    {"FoldedBySpace", 400, get("/") + "\r\nX-A: one\r\n two"},
    {"FoldedByTab", 400, get("/") + "\r\nX-A: one\r\n\ttwo"},
    {"FoldedFirst", 400, "GET / HTTP/1.1\r\n Host: localhost"},
    // 5: a length for a body
    {"PostWithoutLength", 411, "POST / HTTP/1.1\r\nHost: localhost"},
    {"PutWithoutLength", 411, "PUT / HTTP/1.1\r\nHost: localhost"},
    // 6: sizes
    {"LongTarget", 414, get("/" + std::string(8 * 1024, 'a'))},
    {"ManyHeaders", 431, many_headers(100)},
    {"LongHead", 431, get("/") + "\r\nX: " + std::string(40'000, 'a')},
    // grammar
    {"Version", 400, "GET / HTTP/9.9\r\nHost: localhost"},
    {"VersionLess", 400, "GET /\r\nHost: localhost"},
    {"SpaceBeforeColon", 400, get("/") + "\r\nX-A : one"},
    {"NulInValue", 400, get("/") + "\r\nX-A: a" + nul + "b"},
    {"NulInTarget", 400, get("/" + nul)},
    {"BareReturnInValue", 400, get("/") + "\r\nX-A: a\rb"},
    {"BareLineFeeds", 400, "GET / HTTP/1.1\nHost: localhost\n\n"},
    {"MethodNoToken", 400, "G@T / HTTP/1.1\r\nHost: localhost"},
    {"TargetNoPath", 400, get("fhir")},
    {"TargetWithFragment", 400, get("/fhir#a")},
    {"TargetNotAscii", 400, get("/caf\xC3\xA9")},
    {"Tunnel", 400, "CONNECT / HTTP/1.1\r\nHost: localhost"},
    {"Tls", 400, "\x16\x03\x01\x02\x01\x01\x01"},
    {"Expectation", 417, with("Content-Length: 3\r\nExpect: 200-ok")},
};

class HttpRulesTest : public ::testing::TestWithParam<RuleCase> {
protected:
    static HttpServerSettings settings() {
        HttpServerSettings settings;
        settings.address = {"127.0.0.1", 0};
        settings.hosts = {"Localhost", "[::1]"};
        return settings;
    }

    std::string answer_to(const std::string& bytes) const {
        RawPeer peer(server.port());
        peer.send(bytes);
        peer.half_close();
        return peer.receive_all();
    }

    std::atomic<int> requests = 0;
    std::string last_target;
    IoThreads io{1};
    HttpServer server{io.reactors(), settings(),
                      [this](const HttpRequest& request, const HttpReply& reply) {
                          ++requests;
                          last_target = request.target;
                          reply.send({});
                      }};
};

TEST_P(HttpRulesTest, RefusesAndClosesBeforeTheApplication) {
    const std::string answer = answer_to(GetParam().head + "\r\n\r\n");
    const std::string expected = "HTTP/1.1 " + std::to_string(GetParam().status) + " ";
    EXPECT_TRUE(answer.starts_with(expected)) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(requests, 0);
}

INSTANTIATE_TEST_SUITE_P(Rules, HttpRulesTest, ::testing::ValuesIn(cases),
                         [](const auto& tested) { return tested.param.name; });

class HttpAcceptedTest : public HttpRulesTest {};

TEST_P(HttpAcceptedTest, ReachesTheApplication) {
    EXPECT_TRUE(answer_to(GetParam().head + "\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
    EXPECT_EQ(requests, 1);
}

const std::vector<RuleCase> accepted = {
    {"Plain", 200, get("/")},
    {"HostWithPort", 200, "GET / HTTP/1.1\r\nHost: LOCALHOST:8443"},
    {"HostOfSixes", 200, "GET / HTTP/1.1\r\nHost: [::1]:8443"},
    {"AbsoluteTarget", 200, "GET https://localhost/a HTTP/1.1\r\nHost: localhost"},
    {"OptionsOfTheServer", 200, "OPTIONS * HTTP/1.1\r\nHost: localhost"},
    {"EmptyLineBefore", 200, "\r\nGET / HTTP/1.1\r\nHost: localhost"},
    {"CodingInCapitals", 200, with("Transfer-Encoding: Chunked\r\n\r\n0")},
    {"EmptyPost", 200, with("Content-Length: 0")},
    {"TargetOfEightKilobytes", 200, get("/" + std::string(8 * 1024 - 1, 'a'))},
    {"HundredHeaders", 200, many_headers(99)},
};

INSTANTIATE_TEST_SUITE_P(Accepted, HttpAcceptedTest, ::testing::ValuesIn(accepted),
                         [](const auto& tested) { return tested.param.name; });

class HttpTargetTest : public HttpRulesTest {};

TEST_F(HttpTargetTest, BringsAnAbsoluteTargetIntoOriginForm) {
    answer_to("GET http://localhost?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(last_target, "/?x=1");
}

}  // namespace
}  // namespace gateway
