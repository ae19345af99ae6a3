// Request smuggling begins where two servers disagree about where a message ends. Each mutant goes
// to Painbridge, to nginx and to HAProxy, followed on the same connection by a marker request. The
// proxies pass on what they take to a recorder, so that how they read it is seen and not guessed:
// Painbridge refuses a mutant, or agrees with each of the others that takes it.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <span>

#include "gateway/net/http_server.h"
#include "gateway/net/reactor.h"
#include "tests/interop/net/http_mutants.h"
#include "tests/interop/net/http_reading.h"
#include "tests/interop/net/recorder.h"
#include "tests/support/foreign_program.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mutants_wanted = 6'000;
constexpr std::uint32_t seed = 20'261'125;
constexpr std::size_t threads = 24;  // most of them wait

HttpResponse tell(const HttpRequest& request) {
    HttpResponse response;
    response.headers.add("X-Seen", seen_text(request.method, request.target, *request.body));
    return response;
}

HttpServerSettings painbridge_settings() {
    HttpServerSettings settings;
    settings.address = {"127.0.0.1", 0};
    settings.hosts = {"localhost"};
    settings.limits.connection.connections_per_peer_max = 1'000;
    return settings;
}

bool listens(const std::string& socket_file) {
    try {
        const RawPeer peer(socket_file);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

// Painbridge's own server, and each proxy twice: before a recorder and before Painbridge. The
// proxies listen on socket files, where no port can be taken by another.
class Framing : public testing::Test {
protected:
    Framing() : nginx_(start_nginx()), haproxy_(start_haproxy()) {}

    std::string nginx_server(const std::string& name, std::uint16_t upstream) const {
        return "  server {\n    listen unix:" + folder_.file(name) +
               ";\n    proxy_set_header Host localhost;\n    location / { proxy_pass "
               "http://127.0.0.1:" +
               std::to_string(upstream) + "; }\n  }\n";
    }

    std::unique_ptr<Child> start_nginx() const {
        std::string text = "daemon off;\nmaster_process off;\nerror_log stderr warn;\npid " +
                           folder_.file("nginx.pid") +
                           ";\nevents { worker_connections 512; }\nhttp {\n  access_log off;\n"
                           "  lingering_time 1s;\n  lingering_timeout 1s;\n"
                           "  large_client_header_buffers 4 64k;\n";
        for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            text += "  " + kind + "_temp_path " + folder_.file("nginx-" + kind) + ";\n";
        }
        text += nginx_server("nginx", recorder_.port()) +
                nginx_server("nginx-painbridge", painbridge_.port()) + "}\n";
        return start_foreign_server(
            "nginx", {"-e", "stderr", "-c", folder_.write("nginx.conf", text)},
            folder_.file("nginx.log"), [this] { return listens(folder_.file("nginx")); });
    }

    std::string haproxy_listener(const std::string& name, std::uint16_t upstream) const {
        return "listen " + name + "\n  bind unix@" + folder_.file(name) +
               "\n  server s 127.0.0.1:" + std::to_string(upstream) + "\n";
    }

    std::unique_ptr<Child> start_haproxy() const {
        const std::string text =
            "global\n  maxconn 512\n  nbthread 1\n"
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 10s\n"
            "  timeout server 10s\n  timeout http-request 10s\n  retries 0\n"
            "  option http-server-close\n  http-reuse never\n" +
            haproxy_listener("haproxy", recorder_.port()) +
            haproxy_listener("haproxy-painbridge", painbridge_.port());
        return start_foreign_server("haproxy", {"-db", "-f", folder_.write("haproxy.cfg", text)},
                                    folder_.file("haproxy.log"),
                                    [this] { return listens(folder_.file("haproxy")); });
    }

    RawPeer painbridge() const { return RawPeer(painbridge_.port()); }

    RawPeer proxy(const std::string& name) const { return RawPeer(folder_.file(name)); }

    ScratchFolder folder_;
    IoThreads io_{1};
    HttpServer painbridge_{
        io_.reactors(), painbridge_settings(),
        [](const HttpRequest& request, const HttpReply& reply) { reply.send(tell(request)); }};
    RawServer recorder_{[](RawPeer& proxy, int) { record_requests(proxy); }, 3 * threads};
    std::unique_ptr<Child> nginx_;
    std::unique_ptr<Child> haproxy_;
};

HttpReading reading_of(RawPeer server, std::string_view bytes, std::chrono::milliseconds patience) {
    server.send(bytes);
    std::string answers;
    HttpReading reading;
    std::string more;
    do {
        more = server.receive_some(patience);
        answers += more;
        reading = read_answers(answers, server.has_ended());
    } while (!more.empty() && reading.end == ReadingEnd::waiting);
    return reading;
}

struct Verdict {
    HttpReading painbridge;
    HttpReading nginx;
    HttpReading haproxy;
    HttpReading behind_nginx;    // Painbridge, with nginx before it
    HttpReading behind_haproxy;  // Painbridge, with HAProxy before it

    bool holds() const {
        return agree(painbridge, nginx) && agree(painbridge, haproxy) &&
               sees_only(behind_nginx, nginx) && sees_only(behind_haproxy, haproxy);
    }

    std::string text() const {
        return "\n  Painbridge: " + painbridge.text() + "\n  nginx: " + nginx.text() +
               "\n  HAProxy: " + haproxy.text() + "\n  behind nginx: " + behind_nginx.text() +
               "\n  behind HAProxy: " + behind_haproxy.text();
    }
};

// On many threads: each call is independent of the others.
template <typename Act>
void in_parallel(std::size_t count, Act act) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            for (std::size_t at = next++; at < count; at = next++) {
                act(at);
            }
        });
    }
}

std::vector<HttpMutant> probes_and_mutants() {
    std::vector<HttpMutant> all = http_probes();
    const std::vector<HttpMutant> mutants = http_mutants(mutants_wanted, seed);
    all.insert(all.end(), mutants.begin(), mutants.end());
    return all;
}

TEST_F(Framing, IsReadAlikeOrRefused) {
    const std::vector<HttpMutant> mutants = probes_and_mutants();
    std::vector<Verdict> verdicts(mutants.size());
    const auto judge = [&](std::size_t at, std::chrono::milliseconds patience) {
        const std::string bytes = mutants[at].bytes + marker_request;
        verdicts[at] = {reading_of(painbridge(), bytes, patience),
                        reading_of(proxy("nginx"), bytes, patience),
                        reading_of(proxy("haproxy"), bytes, patience),
                        reading_of(proxy("nginx-painbridge"), bytes, patience),
                        reading_of(proxy("haproxy-painbridge"), bytes, patience)};
    };
    in_parallel(mutants.size(), [&](std::size_t at) { judge(at, 250ms); });
    // A server that had no time to answer looked as if it waited: ask again, with patience.
    std::vector<std::size_t> in_doubt;
    for (std::size_t at = 0; at < mutants.size(); ++at) {
        if (!verdicts[at].holds()) {
            in_doubt.push_back(at);
        }
    }
    in_parallel(in_doubt.size(), [&](std::size_t at) { judge(in_doubt[at], 2s); });

    int refused = 0;
    int waited = 0;  // nobody saw an end
    int agreed = 0;
    int by_two = 0;
    int alone = 0;
    for (std::size_t at = 0; at < mutants.size(); ++at) {
        const Verdict& verdict = verdicts[at];
        EXPECT_TRUE(verdict.holds())
            << mutants[at].name << verdict.text() << "\n    " << printable(mutants[at].bytes);
        const bool taken_by_nginx = !verdict.nginx.seen.empty();
        const bool taken_by_haproxy = !verdict.haproxy.seen.empty();
        if (verdict.painbridge.refused()) {
            ++refused;
        } else if (verdict.painbridge.seen.empty()) {
            ++waited;
        } else if (taken_by_nginx && taken_by_haproxy) {
            ++agreed;
        } else {
            ++(taken_by_nginx || taken_by_haproxy ? by_two : alone);
        }
    }
    const int all = static_cast<int>(mutants.size());
    std::printf(
        "%d mutants: %d refused by Painbridge, %d taken by all three alike, %d alike by it and "
        "one other, %d by it alone, %d without an end for anyone; %zu asked twice\n",
        all, refused, agreed, by_two, alone, waited, in_doubt.size());
    EXPECT_GE(all, 2'000);
    EXPECT_GT(refused, all / 4) << "these are no mutants";
    EXPECT_GT(agreed, all / 10) << "hardly anything was compared";
}

HttpReading reading_to_the_end(RawPeer server, std::string_view bytes) {
    server.send(bytes);
    server.half_close();
    const std::string answers = server.receive_all();
    return read_answers(answers, server.has_ended());
}

// Whatever is seen of a cut message was whole before the cut: no part of a body is ever a body.
TEST_F(Framing, AnswersNothingThatWasCut) {
    const std::vector<HttpMutant> mutants = probes_and_mutants();
    std::atomic<int> cuts = 0;
    std::atomic<int> within = 0;
    in_parallel(mutants.size(), [&](std::size_t at) {
        const std::string_view bytes = mutants[at].bytes;
        const std::vector<std::string> whole = reading_to_the_end(painbridge(), bytes).seen;
        std::mt19937 random(static_cast<std::uint32_t>(at));
        for (const std::size_t kept : {bytes.size() - 1, bytes.size() - 2, random() % bytes.size(),
                                       random() % bytes.size()}) {
            const HttpReading cut = reading_to_the_end(painbridge(), bytes.substr(0, kept));
            ++cuts;
            within += cut.seen.size() < whole.size() ? 1 : 0;
            EXPECT_TRUE(cut.seen.size() <= whole.size() &&
                        std::ranges::equal(cut.seen, std::span(whole).first(cut.seen.size())))
                << mutants[at].name << " cut at " << kept << " of " << bytes.size() << ": "
                << cut.text() << "\n    " << printable(bytes);
            EXPECT_NE(cut.end, ReadingEnd::waiting) << mutants[at].name << " cut at " << kept;
        }
    });
    std::printf("%d cuts, %d of them within a message that is taken as a whole\n", cuts.load(),
                within.load());
    EXPECT_GT(within, 2'000) << "hardly anything was cut";
}

// The judge itself: each kind of disagreement, and what is none.
TEST(Agreement, SeesWhereTwoServersEndAMessage) {
    const std::string one = "HTTP/1.1 200 OK\r\nX-Seen: POST mutant 5 aa\r\n\r\n";
    const std::string other = "HTTP/1.1 200 OK\r\nX-Seen: POST mutant 6 bb\r\n\r\n";
    const std::string inner = "HTTP/1.1 200 OK\r\nX-Seen: GET smuggled 0 cc\r\n\r\n";
    const std::string marker =
        "HTTP/1.1 200 OK\r\nX-Seen: GET marker 0 cc\r\nConnection: close\r\n\r\n";
    const std::string refusal = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    const HttpReading whole = read_answers(one + marker, true);
    EXPECT_EQ(whole.seen.size(), 2U);
    EXPECT_TRUE(agree(whole, whole));
    EXPECT_TRUE(agree(whole, read_answers(refusal, true)));
    EXPECT_TRUE(agree(whole, read_answers("", true)));
    EXPECT_TRUE(agree(whole, read_answers(one + refusal, true)));
    EXPECT_FALSE(agree(whole, read_answers(other + marker, true))) << "another body";
    EXPECT_FALSE(agree(whole, read_answers(one + inner + marker, true))) << "smuggled";
    EXPECT_FALSE(agree(whole, read_answers(one, false))) << "the marker was swallowed";
    EXPECT_FALSE(agree(whole, read_answers("", false))) << "everything was swallowed";
}

}  // namespace
}  // namespace gateway
