// Two gateways on one PostgreSQL: what one has acknowledged the other delivers when it is killed,
// and neither a cut connection nor a crash of the server loses or doubles anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/support/postgres_server.h"
#include "tests/torture/form.h"
#include "tests/torture/postgres/cluster.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr int burst = 8;  // for each of them
constexpr int rounds = 8;

class TwoGateways : public testing::Test {
protected:
    TwoGateways() : cluster_(server_.database("gateway")) {}

    void TearDown() override {
        if (HasFailure()) {
            cluster_.keep();
            std::cout << "see " << cluster_.folder() << '\n';
        }
    }

    void send_burst() {
        sent_ += patients * burst;
        cluster_.order("burst " + std::to_string(burst));
    }

    PostgresServer server_;
    Cluster cluster_;
    int sent_ = 0;
};

TEST_F(TwoGateways, OneTakesOverWhatTheOtherHadLeasedOnceTheLeaseIsOver) {
    cluster_.start(Which::first);
    cluster_.order("hold");
    cluster_.order("burst 1");
    const auto holding = cluster_.heard("holding ");
    ASSERT_TRUE(holding);
    cluster_.kill(Which::first);
    cluster_.start(Which::second);
    cluster_.order("go");
    const std::string number = holding->substr(holding->find(' ') + 1);
    EXPECT_TRUE(cluster_.heard("again " + number));
    EXPECT_TRUE(cluster_.drains(patients));
    std::vector<std::chrono::milliseconds> times;
    for (const Arrival& arrival : cluster_.ledger().arrivals) {
        if (arrival.number == number) {
            times.push_back(arrival.at);
        }
    }
    ASSERT_GE(times.size(), 2U) << "it was under way when its gateway died";
    EXPECT_GT(times[1] - times[0], 2500ms) << "taken while the lease of 3 s was still held";
    EXPECT_THAT(cluster_.findings(), IsEmpty());
}

TEST_F(TwoGateways, LoseAndDoubleNothingWhileTheyAreKilledAndCutOff) {
    std::cout << "TORTURE_SEED=" << seed() << '\n';
    std::mt19937 random(seed());
    std::uniform_int_distribution<int> pause_ms(0, 150);
    const auto pause = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
    };
    cluster_.start(Which::first);
    cluster_.start(Which::second);
    std::int64_t cuts = 0;
    for (int round = 0; round < rounds; ++round) {
        const Which victim = both.at(random() % 2);
        send_burst();
        pause();
        cuts += server_.cut_connections("gateway");
        pause();
        cluster_.kill(victim);
        pause();
        cuts += server_.cut_connections("gateway");
        cluster_.start(victim);
    }
    EXPECT_TRUE(cluster_.drains(sent_));
    EXPECT_GT(cuts, 0);
    EXPECT_THAT(cluster_.findings(), IsEmpty());
    std::cout << sent_ << " referrals, " << cluster_.ledger().arrivals.size() << " arrivals, "
              << cluster_.ledger().refusals.size() << " times \"not now\", " << cuts
              << " connections cut\n";
}

TEST_F(TwoGateways, SayThatTheyAreNotReadyWhileTheServerIsAwayAndGoOnAfterwards) {
    cluster_.start(Which::first);
    cluster_.start(Which::second);
    send_burst();
    server_.pull_the_plug();
    for (const Which each : both) {
        EXPECT_TRUE(cluster_.comes_to(each, 503));
    }
    server_.start();
    for (const Which each : both) {
        EXPECT_TRUE(cluster_.comes_to(each, 200));
    }
    send_burst();
    server_.crash();
    send_burst();
    EXPECT_TRUE(cluster_.drains(sent_));
    EXPECT_THAT(cluster_.findings(), IsEmpty());
}

}  // namespace
}  // namespace gateway::torture
