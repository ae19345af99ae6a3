// The gateway is killed (SIGKILL) at a hundred random moments while referrals come in over four
// connections and go out to a clinic. What it acknowledged must arrive, and arrive as one thing.
// The sender behaves as HL7 v2 senders do: no answer, send the same message again.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "gateway/app/bench/load.h"
#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/text.h"
#include "gateway/flow/audit/verify.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "gateway/net/http_server.h"
#include "gateway/net/mllp_client.h"
#include "tests/torture/form.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr int kills = 100;
constexpr std::size_t connections = 4;
constexpr std::size_t referrals_max = 20'000;

// Every arrival: the referral's number and what the receiver knows a repeat by.
class Clinic {
public:
    Clinic(Reactor& reactor, const ListenSettings& listen) {
        HttpServerSettings settings;
        settings.address = {listen.address->host, listen.address->port};
        settings.tls = server_tls(listen);
        server_ = std::make_unique<HttpServer>(
            std::vector<Reactor*>{&reactor}, std::move(settings),
            [this](const HttpRequest& request, const HttpReply& reply) {
                note(request);
                reply.send({.status = 200});
            });
    }

    std::map<std::string, std::set<std::string>> arrivals() const {
        const std::lock_guard lock(mutex_);
        return arrivals_;
    }

private:
    void note(const HttpRequest& request) {
        const std::size_t at = request.body->find(bench_mark);
        const std::string number = at == std::string::npos
                                       ? "none"
                                       : request.body->substr(at, bench_mark.size() + bench_digits);
        const std::lock_guard lock(mutex_);
        arrivals_[number].insert(std::string{request.headers.find("X-Request-Id").value_or("")} +
                                 " " + to_hex(sha256(*request.body)));
    }

    mutable std::mutex mutex_;  // guards arrivals_
    std::map<std::string, std::set<std::string>> arrivals_;
    std::unique_ptr<HttpServer> server_;
};

// One connection of the GP system: sends its referrals one after the other, each until it is
// answered.
class Sender {
public:
    Sender(Reactor& reactor, const ClientEndpoint& endpoint,
           const std::vector<std::shared_ptr<const std::string>>& referrals, std::size_t first)
        : reactor_(reactor),
          client_(reactor, endpoint, MllpClientLimits{.connect = 1s, .total = 5s}),
          referrals_(referrals),
          next_(first) {
        reactor_.post([this] { send(); });
    }

    void finish() { finishing_ = true; }

    bool is_done() const { return done_; }

    std::set<std::string> accepted() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

    std::size_t refused() const { return refused_; }

private:
    void send() {
        if (finishing_ || next_ >= referrals_.size()) {
            done_ = true;
            return;
        }
        client_.send(referrals_[next_], [this](const MllpResult& result) { on_answer(result); });
    }

    void on_answer(const MllpResult& result) {
        if (result.error == TransportError::stopped) {
            return;
        }
        const bool is_accepted =
            result.reply && result.reply->find("\rMSA|AA") != std::string::npos;
        if (is_accepted) {
            const std::lock_guard lock(mutex_);
            accepted_.insert(bench_number(next_));
            next_ += connections;
        } else if (result.reply) {
            ++refused_;
        }
        reactor_.after(is_accepted ? 0ms : 20ms, [this] { send(); });
    }

    Reactor& reactor_;
    MllpClient client_;
    const std::vector<std::shared_ptr<const std::string>>& referrals_;
    std::size_t next_;
    std::atomic<bool> finishing_ = false;
    std::atomic<bool> done_ = false;
    std::atomic<std::size_t> refused_ = 0;
    mutable std::mutex mutex_;  // guards accepted_
    std::set<std::string> accepted_;
};

std::string new_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-torture-XXXXXX").string();
    return mkdtemp(path.data()) != nullptr ? path : "";
}

std::unique_ptr<Child> start_gateway(const Stage& stage) {
    auto gateway = std::make_unique<Child>(
        "gateway", PAINBRIDGE_PROGRAM,
        std::vector<std::string>{"serve", "--config", stage.config()}, stage.log("gateway"));
    const auto ready =
        gateway->wait_for([](const std::string& line) { return line.starts_with("ready"); }, 60s);
    EXPECT_TRUE(ready) << "the gateway did not come back; see " << stage.log("gateway");
    return gateway;
}

std::set<std::string> accepted_by_all(const std::vector<std::unique_ptr<Sender>>& senders) {
    std::set<std::string> all;
    for (const auto& sender : senders) {
        all.merge(sender->accepted());
    }
    return all;
}

void kill_at_random(const Stage& stage, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> pause_ms(0, 300);
    for (int i = 0; i < kills; ++i) {
        const auto gateway = start_gateway(stage);
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
        kill(gateway->process(), SIGKILL);
    }
}

void expect_each_once(const std::vector<std::unique_ptr<Sender>>& senders, const Clinic& clinic) {
    const auto accepted = accepted_by_all(senders);
    const auto arrived = clinic.arrivals();
    std::cout << accepted.size() << " acknowledged, " << arrived.size() << " arrived, after "
              << kills << " kills\n";
    EXPECT_GT(accepted.size(), static_cast<std::size_t>(kills));
    for (const std::string& number : accepted) {
        EXPECT_TRUE(arrived.contains(number)) << number << " was acknowledged and lost";
    }
    for (const auto& [number, versions] : arrived) {
        EXPECT_EQ(versions.size(), 1U) << number << " arrived as different things";
    }
    for (const auto& sender : senders) {
        EXPECT_EQ(sender->refused(), 0U) << "a repeat was refused";
    }
}

TEST(Torture, LosesNothingThatItAcknowledgedWhenKilledAtRandom) {
    const Stage stage = set_stage(new_folder(), PAINBRIDGE_ROOT);
    Issues issues;
    const TwinSettings gp = load_twin_settings(stage.folder + "/twin-gp.toml", issues);
    const TwinSettings far = load_twin_settings(stage.folder + "/twin-clinic.toml", issues);
    ASSERT_FALSE(issues.has_errors());
    const auto referrals = make_referrals(
        read_file(PAINBRIDGE_ROOT "/config/demo/messages/referral-with-letter.hl7"), referrals_max);

    IoThreads io(2);
    const Clinic clinic(io[1], far.listen);
    std::vector<std::unique_ptr<Sender>> senders;
    for (std::size_t i = 0; i < connections; ++i) {
        senders.push_back(
            std::make_unique<Sender>(io[0], client_endpoint(gp.gateway), referrals, i));
    }

    std::cout << "TORTURE_SEED=" << torture::seed() << '\n';
    kill_at_random(stage, torture::seed());

    // Once more, to send the rest on its way.
    const auto gateway = start_gateway(stage);
    for (const auto& sender : senders) {
        sender->finish();
    }
    const auto deadline = std::chrono::steady_clock::now() + 120s;
    const auto is_complete = [&] {
        const auto arrived = clinic.arrivals();
        return std::ranges::all_of(senders, [](const auto& sender) { return sender->is_done(); }) &&
               std::ranges::all_of(accepted_by_all(senders), [&](const std::string& number) {
                   return arrived.contains(number);
               });
    };
    while (!is_complete() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(50ms);
    }

    expect_each_once(senders, clinic);
    const auto store = open_sqlite_reads({.path = stage.store(), .vfs = {}, .keys = {}});
    EXPECT_TRUE(verify_audit(*store).is_sound());
    senders.clear();
    if (!testing::Test::HasFailure()) {
        std::filesystem::remove_all(stage.folder);
    }
}

}  // namespace
}  // namespace gateway
