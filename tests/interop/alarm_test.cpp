// Alarms of the gateway program over kills: the clinic refuses, nobody can be told at first, and
// what was told is not told again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/flow/alarm/incident_file.h"
#include "gateway/net/http_server.h"
#include "tests/interop/running_gateway.h"
#include "tests/net/raw_peer.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto patience = 30s;

const std::string quarantine = R"("key":"quarantine:clinic")";

class AlarmsOfAGateway : public testing::Test {
protected:
    AlarmsOfAGateway() {
        folder_.write("notes", "");
        folder_.write("failures", "");
        // Takes what it is given only once there is a file `open`.
        const std::string script =
            folder_.write("note", "#!/bin/sh\n[ -e " + folder_.file("open") + " ] || { echo x >> " +
                                      folder_.file("failures") + "; exit 1; }\nexec cat >> " +
                                      folder_.file("notes") + "\n");
        ::chmod(script.c_str(), 0700);
        gateway_ = std::make_unique<RunningGateway>(
            "127.0.0.1",
            "[alarms]\nquiet = \"0ms\"\nretry = \"0ms\"\nretry_dead = \"0ms\"\n[[alarms.sink]]\n"
            "name = \"notes\"\ncommand = [\"" +
                script + "\"]\n");
        clinic_ = std::make_unique<HttpServer>(
            io_.reactors(),
            HttpServerSettings{
                .address = {"127.0.0.1", gateway_->stage().ports.clinic},
                .tls = TlsContext::server({.certificate_chain = gateway_->tls("clinic.pem"),
                                           .private_key = gateway_->tls("clinic.key"),
                                           .authorities = gateway_->tls("ca.pem")},
                                          ClientCertificates::required)},
            [this](const HttpRequest&, const HttpReply& reply) {
                reply.send({.status = clinic_answers_});
            });
    }

    void send_referral() const {
        RawPeer gp(gateway_->stage().ports.mllp, *gateway_->client("gp"));
        gp.send(framed_sample("letter-only.hl7"));
        ASSERT_THAT(gp.receive_until("\x1C\r"), HasSubstr("MSA|AA|"));
    }

    // What the file has, once it has `text` or the patience is over.
    std::string file_with(const std::string& name, const std::string& text) const {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        std::string content = read_file(folder_.file(name));
        while (content.find(text) == std::string::npos &&
               std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(20ms);
            content = read_file(folder_.file(name));
        }
        return content;
    }

    static void wait_until(const std::function<bool()>& is_so) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!is_so() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(20ms);
        }
    }

    // How often somebody heard so of the quarantine.
    std::size_t told(const std::string& event) const {
        const std::string notes = read_file(folder_.file("notes"));
        const auto lines = split(notes, '\n');
        return static_cast<std::size_t>(std::ranges::count_if(lines, [&](std::string_view line) {
            return line.starts_with(R"({"event":")" + event + '"') &&
                   line.find(quarantine) != std::string_view::npos;
        }));
    }

    // Whether the next process would know that the quarantine was told.
    bool is_kept() const {
        return std::ranges::any_of(read_incidents(incident_file(gateway_->stage().store())),
                                   [](const Incident& incident) {
                                       return incident.key == "quarantine:clinic" && incident.told;
                                   });
    }

    ScratchFolder folder_;
    std::atomic<int> clinic_answers_ = 422;
    IoThreads io_{1};
    std::unique_ptr<RunningGateway> gateway_;
    std::unique_ptr<HttpServer> clinic_;
};

TEST_F(AlarmsOfAGateway, TellOfAQuarantineOnceWhateverIsKilledInBetween) {
    gateway_->start();
    send_referral();
    ASSERT_THAT(file_with("failures", "x"), HasSubstr("x"));
    gateway_->kill();
    ASSERT_EQ(read_file(folder_.file("notes")), "");

    folder_.write("open", "");
    gateway_->start();
    EXPECT_THAT(file_with("notes", quarantine), HasSubstr(quarantine));
    wait_until([this] { return is_kept(); });
    gateway_->kill();

    gateway_->start();
    clinic_answers_ = 200;
    const CommandResult replayed =
        run_command(quoted(PAINBRIDGE_PROGRAM) + " queue replay --state quarantined --yes " +
                    "--config " + quoted(gateway_->stage().config()));
    EXPECT_EQ(replayed.status, 0) << replayed.output;
    wait_until([this] { return told("close") > 0; });
    EXPECT_EQ(told("open"), 1U) << read_file(folder_.file("notes"));
    EXPECT_EQ(told("close"), 1U) << read_file(folder_.file("notes")) << replayed.output
                                 << gateway_->log();
}

TEST_F(AlarmsOfAGateway, GoToTheSinkThatAReloadNames) {
    gateway_->start();
    send_referral();
    ASSERT_THAT(file_with("failures", "x"), HasSubstr("x"));
    ASSERT_EQ(read_file(folder_.file("notes")), "");
    const std::string other =
        folder_.write("other", "#!/bin/sh\nexec cat >> " + folder_.file("notes") + "\n");
    ::chmod(other.c_str(), 0700);
    const std::string settings = gateway_->stage().config() + "/painbridge.toml";
    std::string text = read_file(settings);
    const std::string before = folder_.file("note") + "\"";
    text.replace(text.find(before), before.size(), other + "\"");
    std::ofstream(settings) << text;
    gateway_->hang_up();
    wait_until([this] { return told("open") > 0; });
    EXPECT_EQ(told("open"), 1U) << gateway_->log();
}

}  // namespace
}  // namespace gateway
