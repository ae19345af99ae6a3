// HAProxy before the gateway: passing TLS through, and as a TLS client of its own that keeps its
// connections and looks after the gateway's health.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/net/socket.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

const std::string root = PAINBRIDGE_ROOT;

enum Port { passed_mllp, passed_https, encrypted_mllp, encrypted_https, statistics, port_count };

// Free at this moment; all held until all are known.
std::array<std::uint16_t, port_count> free_ports() {
    std::array<std::uint16_t, port_count> ports{};
    std::vector<std::unique_ptr<ListeningSocket>> held;
    for (std::uint16_t& port : ports) {
        held.push_back(std::make_unique<ListeningSocket>(HostPort{"127.0.0.1", 0}));
        port = held.back()->address().port;
    }
    return ports;
}

class Haproxy : public testing::Test {
protected:
    Haproxy() : gateway_("127.0.0.1", "[log]\nlevel = \"debug\"\n") {
        gateway_.start();
        gateway_.authority().issue_files({.common_name = "proxy", .dns_names = {"localhost"}},
                                         gateway_.stage().folder + "/tls", "proxy-only");
        const std::string tls = gateway_.stage().folder + "/tls/";
        files_.write("ca.pem", read_file(tls + "ca.pem"));
        join(tls + "proxy-only", "proxy.pem");
        join(tls + "gp", "gp-both.pem");
        join(tls + "clinic", "clinic-both.pem");
        proxy_ =
            start_foreign_server("haproxy", {"-db", "-q", "-f", write_settings()},
                                 gateway_.stage().log("haproxy"), [this] { return healthy(); });
    }

    // HAProxy wants certificate and key in one file.
    void join(const std::string& pair, const std::string& name) const {
        files_.write(name, read_file(pair + ".pem") + read_file(pair + ".key"));
    }

    std::string write_settings() const {
        std::string text = read_file(root + "/tests/interop/peers/haproxy.cfg");
        const StagePorts& own = gateway_.stage().ports;
        const std::vector<std::pair<std::string, std::string>> words{
            {"PASSED_MLLP", std::to_string(ports_[passed_mllp])},
            {"PASSED_HTTPS", std::to_string(ports_[passed_https])},
            {"ENCRYPTED_MLLP", std::to_string(ports_[encrypted_mllp])},
            {"ENCRYPTED_HTTPS", std::to_string(ports_[encrypted_https])},
            {"STATISTICS", std::to_string(ports_[statistics])},
            {"GATEWAY_MLLP", std::to_string(own.mllp)},
            {"GATEWAY_HTTPS", std::to_string(own.https)},
            {"TLS", files_.path()}};
        for (const auto& [word, value] : words) {
            const std::string mark = "@" + word + "@";
            for (std::size_t at = 0; (at = text.find(mark)) != std::string::npos;) {
                text.replace(at, mark.size(), value);
            }
        }
        return files_.write("haproxy.cfg", text);
    }

    // A column of its statistics for our server behind `proxy`.
    std::string statistic(const std::string& proxy, std::string_view column) const {
        const std::string page = run_command(program_path("curl") + " -s 'http://127.0.0.1:" +
                                             std::to_string(ports_[statistics]) + "/;csv'")
                                     .output;
        std::vector<std::string_view> names;
        for (const std::string_view line : split(page, '\n')) {
            const auto cells = split(line, ',');
            if (line.starts_with("# ")) {
                names = cells;
            }
            for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) {
                if (line.starts_with(proxy + ",gateway,") && names[i] == column) {
                    return std::string(cells[i]);
                }
            }
        }
        return {};
    }

    // "* L4OK" while the next check is under way.
    bool has_checked(const std::string& proxy, const std::string& outcome) const {
        return statistic(proxy, "check_status").ends_with(outcome) &&
               statistic(proxy, "status") == "UP";
    }

    // Its checks have found the gateway behind every door.
    bool healthy() const {
        return has_checked("mllp_passed_through", "L4OK") &&
               has_checked("https_passed_through", "L4OK") &&
               has_checked("mllp_encrypted_again", "L6OK") &&
               has_checked("https_encrypted_again", "L7OK");
    }

    int seconds_healthy() const {
        const std::string text = statistic("https_encrypted_again", "lastchg");
        int seconds = -1;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        return healthy() ? seconds : -1;
    }

    CommandResult curl(Port port, const std::string& arguments) const {
        const std::string url =
            " https://localhost:" + std::to_string(ports_.at(port)) + "/fhir/metadata ";
        return run_command(program_path("curl") + " -sS --max-time 20 --cacert " +
                           gateway_.tls("ca.pem") + " " + arguments + url + "-o /dev/null" + url +
                           "-o /dev/null" + url + "-o /dev/null");
    }

    std::string identity(const std::string& partner) const {
        return "--cert " + gateway_.tls(partner + ".pem") + " --key " +
               gateway_.tls(partner + ".key") + " ";
    }

    ScratchFolder files_;
    std::array<std::uint16_t, port_count> ports_ = free_ports();
    RunningGateway gateway_;
    std::unique_ptr<Child> proxy_;
};

TEST_F(Haproxy, PassesTlsThrough) {
    RawPeer gp(ports_[passed_mllp], *gateway_.client("gp"));
    gp.send(framed_sample("referral-with-letter.hl7"));
    EXPECT_NE(gp.receive_until("\x1C\r").find("MSA|AA"), std::string::npos);

    const CommandResult result =
        curl(passed_https, identity("clinic") + "-w '%{http_code}:%{num_connects} '");
    EXPECT_EQ(result.output, "200:1 200:0 200:0 ");
}

TEST_F(Haproxy, PassesThePartnersCertificateThroughAndNoOther) {
    const CommandResult result = curl(passed_https, identity("gp") + "-w '%{http_code} '");
    EXPECT_EQ(result.output, "403 403 403 ") << "the gp may not send on this listener";
}

TEST_F(Haproxy, EncryptsAgainAsThePartner) {
    const auto anybody = TlsContext::client({.authorities = gateway_.tls("ca.pem")});
    RawPeer gp(ports_[encrypted_mllp], *anybody);
    for (const std::string sample : {"referral-with-letter.hl7", "second-sample.hl7"}) {
        gp.send(framed_sample(sample));
        EXPECT_NE(gp.receive_until("\x1C\r").find("MSA|AA"), std::string::npos) << sample;
    }

    const CommandResult result = curl(encrypted_https, "-w '%{http_code}:%{num_connects} '");
    EXPECT_EQ(result.output, "200:1 200:0 200:0 ");
    EXPECT_EQ(statistic("https_encrypted_again", "connect"), "1");
    EXPECT_EQ(statistic("https_encrypted_again", "reuse"), "2");
}

// Ten times a second, in TCP, in TLS and in HTTP; after two seconds by HAProxy's own clock.
TEST_F(Haproxy, ChecksItsHealthWithoutNoiseInTheLog) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (seconds_healthy() < 2 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(50ms);
    }
    EXPECT_GE(seconds_healthy(), 2);
    EXPECT_TRUE(healthy());
    // Nothing but its start is told above the level of debug, where a check that came late may be.
    const std::string log = gateway_.log();
    EXPECT_EQ(std::ranges::count_if(split(log, '\n'),
                                    [](std::string_view line) {
                                        return !line.empty() &&
                                               line.find("\"level\":\"debug\"") == line.npos;
                                    }),
              1)
        << log;
}

// Others than HAProxy do complete TCP's handshake before they leave.
TEST(PortCheck, IsNoComplaint) {
    RunningGateway gateway("127.0.0.1", "[log]\nlevel = \"debug\"\n");
    gateway.start();
    for (const std::uint16_t port : {gateway.stage().ports.mllp, gateway.stage().ports.https}) {
        RawPeer(port).close();
        RawPeer(port).reset();
    }
    const auto probes = [&] { return std::ranges::count(gateway.log(), '\n') - 1; };
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (probes() < 4 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(5ms);
    }
    const std::string log = gateway.log();
    for (const std::string_view line : split(log, '\n')) {
        EXPECT_TRUE(line.empty() || line.find("gateway.started") != std::string_view::npos ||
                    (line.find("\"level\":\"debug\"") != std::string_view::npos &&
                     line.find("\"stage\":\"probe\"") != std::string_view::npos))
            << line;
    }
    EXPECT_EQ(probes(), 4) << log;
}

}  // namespace
}  // namespace gateway
