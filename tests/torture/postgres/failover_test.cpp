// A primary with a synchronous standby: the primary goes down amid the traffic of two gateways, the
// standby is promoted, and a copy of it takes the place of the old primary. TORTURE_ROUNDS says how
// often (one, unless it is set).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

#include "tests/support/postgres_server.h"
#include "tests/torture/form.h"
#include "tests/torture/postgres/cluster.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

constexpr int burst = 12;  // for each of four patients

TEST(Failover, LosesAndDoublesNothing) {
    const auto one = std::make_unique<PostgresServer>();
    const auto other = PostgresServer::following(*one);
    PostgresTarget target = one->database("gateway");
    one->wait_for_standby();
    target.host = one->folder() + "," + other->folder();
    Cluster cluster(target);
    for (const Which each : both) {
        cluster.start(each);
    }
    PostgresServer* primary = one.get();
    PostgresServer* standby = other.get();
    const std::uint64_t rounds = std::max<std::uint64_t>(rounds_asked().value_or(1), 1);
    int sent = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        cluster.order("burst " + std::to_string(burst));
        sent += patients * burst;
        EXPECT_TRUE(cluster.heard("acked"));  // amid it
        primary->pull_the_plug();
        standby->promote();
        std::swap(primary, standby);
        // The new primary acknowledges nothing before it has a standby of its own.
        standby->follow(*primary);
        for (const Which each : both) {
            EXPECT_TRUE(cluster.comes_to(each, 200));
        }
        EXPECT_TRUE(cluster.drains(sent));
    }
    EXPECT_THAT(cluster.findings(), testing::IsEmpty());
    if (testing::Test::HasFailure()) {
        cluster.keep();
        std::cout << "see " << cluster.folder() << '\n';
    }
    std::cout << sent << " referrals, " << cluster.ledger().arrivals.size() << " arrivals, "
              << cluster.ledger().refusals.size() << " times \"not now\", " << rounds
              << " failovers\n";
}

}  // namespace
}  // namespace gateway::torture
