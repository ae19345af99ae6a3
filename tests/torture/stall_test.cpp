// Peers that stall in every state of a connection, and thousands that only hold one: the gateway is
// a process of its own, so that its memory and its answers to an honest client can be measured.
// Bounds are those of the project's issue "Ground floor", on the machine that runs the test.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/base/text.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t stalled_in_each_state = 200;
constexpr std::size_t idle_connections = 5'000;
constexpr std::size_t honest_requests = 500;
constexpr auto p99_max = 50ms;
constexpr double kib_per_connection_max = 40;

std::string new_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-stall-XXXXXX").string();
    return mkdtemp(path.data()) != nullptr ? path : "";
}

// Kibibytes of memory that the process has in use.
long resident(int process) {
    const std::string status = read_file(fmt::format("/proc/{}/status", process));
    const std::size_t at = status.find("VmRSS:") + std::string_view("VmRSS:").size();
    const std::size_t digits = status.find_first_not_of(" \t", at);
    long kib = 0;
    std::from_chars(status.data() + digits, status.data() + status.size(), kib);
    return kib;
}

std::size_t descriptors(int process) {
    const std::filesystem::directory_iterator entries(fmt::format("/proc/{}/fd", process));
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

const std::string request = "GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n";

class StallTest : public testing::Test {
protected:
    StallTest() : stage_(set_stage(new_folder(), PAINBRIDGE_ROOT)) {
        getrlimit(RLIMIT_NOFILE, &limit_before_);
        rlimit usual = limit_before_;
        usual.rlim_cur = std::min<rlim_t>(1'024, usual.rlim_max);
        setrlimit(RLIMIT_NOFILE, &usual);  // the gateway must raise its own
        std::ofstream(stage_.config() + "/painbridge.toml", std::ios::app)
            << "\n[threads]\nio = 2\n\n[limits]\nhandshake = \"5min\"\nhead = \"5min\"\n"
               "idle = \"5min\"\nconnections_max = 6000\nconnections_per_peer_max = 6000\n";
        gateway_ = std::make_unique<Child>(
            "gateway", PAINBRIDGE_PROGRAM,
            std::vector<std::string>{"serve", "--config", stage_.config()}, stage_.log("gateway"));
        usual.rlim_cur = usual.rlim_max;
        setrlimit(RLIMIT_NOFILE, &usual);
    }

    void SetUp() override {
        ASSERT_TRUE(gateway_->wait_for(
            [](const std::string& line) { return line.starts_with("ready"); }, 30s))
            << read_file(stage_.log("gateway"));
        tls_ = client();
        ask_honestly(200);  // code and caches that every gateway has warm
    }

    void TearDown() override {
        gateway_.reset();
        setrlimit(RLIMIT_NOFILE, &limit_before_);
        if (!HasFailure()) {
            std::filesystem::remove_all(stage_.folder);
        }
    }

    std::shared_ptr<const TlsContext> client() const {
        return TlsContext::client({.certificate_chain = stage_.folder + "/tls/clinic.pem",
                                   .private_key = stage_.folder + "/tls/clinic.key",
                                   .authorities = stage_.folder + "/tls/ca.pem"});
    }

    RawPeer connect() const { return {stage_.ports.https, *tls_}; }

    // Times of requests in order of length; every fifth is on a connection of its own.
    std::vector<Clock::duration> ask_honestly(std::size_t requests) const {
        std::vector<Clock::duration> times;
        RawPeer kept = connect();
        for (std::size_t i = 0; i < requests; ++i) {
            const auto began = Clock::now();
            if (i % 5 == 0) {
                RawPeer fresh = connect();
                fresh.send(request);
                EXPECT_NE(fresh.receive_until("versioned-update").find(" 200 "), std::string::npos);
            } else {
                kept.send(request);
                EXPECT_NE(kept.receive_until("versioned-update").find(" 200 "), std::string::npos);
            }
            times.push_back(Clock::now() - began);
        }
        std::ranges::sort(times);
        return times;
    }

    rlimit limit_before_ = {};
    Stage stage_;
    std::unique_ptr<Child> gateway_;
    std::shared_ptr<const TlsContext> tls_;
};

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

struct Stall {
    std::string where;
    std::function<RawPeer()> make;
};

const std::string head = "PUT /fhir/Task/1 HTTP/1.1\r\nHost: localhost\r\nIf-Match: W/\"1\"\r\n";

const std::string body_begun = head +
                               "Content-Type: application/fhir+json\r\n"
                               "Content-Length: 6000\r\n\r\n" +
                               std::string(3'000, ' ');

// A record of 16,384 bytes begins.
constexpr std::string_view half_a_record{"\x17\x03\x03\x40\x00letter", 11};

TEST_F(StallTest, AnHonestClientIsServedWhileHundredsStallInEveryState) {
    const auto greeted = [&](const TlsContext& tls) {
        RawPeer peer(stage_.ports.https);
        peer.send(greeting_of(tls));
        EXPECT_NE(peer.receive_until("\x16\x03\x03"), "");
        return peer;
    };
    const auto sent = [&](std::string_view bytes, std::string_view next_record) {
        RawPeer peer = connect();
        peer.send(bytes);
        if (bytes == request) {
            peer.receive_until("versioned-update");
        }
        peer.send_raw(next_record);
        return peer;
    };
    const auto twelve = client();
    use_tls_1_2_only(*twelve);
    const std::vector<Stall> stalls = {
        {"handshake, before the first byte", [&] { return RawPeer(stage_.ports.https); }},
        {"handshake, in the greeting",
         [&] {
             RawPeer peer(stage_.ports.https);
             peer.send({"\x16\x03\x01\x02\x00\x01", 6});
             return peer;
         }},
        {"handshake, after the greeting", [&] { return greeted(*tls_); }},
        {"handshake of TLS 1.2, after the greeting", [&] { return greeted(*twelve); }},
        {"head, before the first byte", [&] { return connect(); }},
        {"head", [&] { return sent(head, {}); }},
        {"head, in a record", [&] { return sent(head, half_a_record); }},
        {"idle", [&] { return sent(request, {}); }},
        {"idle, in a record", [&] { return sent(request, half_a_record); }},
        // Last, as they have the shortest time.
        {"body", [&] { return sent(body_begun, {}); }},
        {"body, in a record", [&] { return sent(body_begun, half_a_record); }},
    };
    std::vector<RawPeer> stalled;
    for (const auto& [where, make] : stalls) {
        const long before = resident(gateway_->process());
        for (std::size_t i = 0; i < stalled_in_each_state; ++i) {
            stalled.push_back(make());
        }
        ask_honestly(10);  // on both reactors: what was sent before has been read by then
        const double growth = static_cast<double>(resident(gateway_->process()) - before) /
                              static_cast<double>(stalled_in_each_state);
        std::cout << fmt::format("stalled in {}: {:.1f} KiB a connection\n", where, growth);
        EXPECT_LE(growth, kib_per_connection_max) << where;
    }
    const auto times = ask_honestly(honest_requests);
    EXPECT_GE(descriptors(gateway_->process()), stalled.size()) << "some were not held at all";
    const auto p99 = times[times.size() * 99 / 100];
    std::cout << fmt::format("{} stalled: honest p50 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms\n",
                             stalled.size(), milliseconds(times[times.size() / 2]),
                             milliseconds(p99), milliseconds(times.back()));
    EXPECT_LE(p99, p99_max);
}

TEST_F(StallTest, FiveThousandIdleConnectionsHold) {
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    ASSERT_GE(limit.rlim_max, idle_connections + 500)
        << "this machine's hard limit of open files is too low for the test: ulimit -Hn";
    const long before = resident(gateway_->process());
    std::vector<RawPeer> idle;
    idle.reserve(idle_connections);
    while (idle.size() < idle_connections) {
        idle.push_back(connect());
    }
    const auto times = ask_honestly(honest_requests);
    const long after = resident(gateway_->process());
    EXPECT_GE(descriptors(gateway_->process()), idle_connections);
    for (std::size_t i = 0; i < idle.size(); i += 50) {
        idle[i].send(request);
        EXPECT_NE(idle[i].receive_until("versioned-update").find(" 200 "), std::string::npos)
            << "connection " << i << " was lost";
    }
    EXPECT_LE(static_cast<double>(after - before) / static_cast<double>(idle.size()),
              kib_per_connection_max);
    std::cout << fmt::format(
        "{} idle connections: honest p99 {:.2f} ms; {} KiB before, {} KiB after, {:.1f} KiB a "
        "connection\n",
        idle.size(), milliseconds(times[times.size() * 99 / 100]), before, after,
        static_cast<double>(after - before) / static_cast<double>(idle.size()));
    EXPECT_LE(times[times.size() * 99 / 100], p99_max);
}

}  // namespace
}  // namespace gateway
