// Does the torture find anything? Gateways, each with a fault put into one of its sources by
// the build (seeded_fault in tests/CMakeLists.txt): each must be caught, by the right finding.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

struct Seeded {
    const char* name;
    const char* program;
    Peers peers;
    std::optional<Stop> stop;
    const char* finding;
    const char* order = nullptr;  // to the peers: what they send
};

void PrintTo(const Seeded& fault, std::ostream* out) {
    *out << fault.name;
}

const std::vector<Seeded> seeded_faults{
    {"AcknowledgeBeforeCommit", TORTURE_GATEWAY "_early_answer", Peers::take_all,
     Stop{.site = ActSite::store_commit, .moment = ActMoment::before},
     "was acknowledged and did not arrive"},
    {"NoSync", TORTURE_GATEWAY "_no_sync", Peers::take_all,
     Stop{.site = ActSite::mllp_answer, .moment = ActMoment::after, .loses_power = true},
     "was acknowledged and did not arrive"},
    {"NoDuplicateIndex", TORTURE_GATEWAY "_no_duplicates", Peers::take_all, std::nullopt,
     "was refused"},
    {"Msa2NotCompared", TORTURE_GATEWAY "_any_msa2", Peers::fail_first, std::nullopt,
     "was acknowledged and not heard of"},
    {"CommitAcknowledgedBeforeItsReceipt", TORTURE_GATEWAY "_early_receipt", Peers::take_all,
     Stop{.site = ActSite::store_commit, .moment = ActMoment::before},
     "was acknowledged and did not arrive", "kind commit"},
    {"DuplicatesHolderNotAsked", TORTURE_GATEWAY "_any_holder", Peers::take_all, std::nullopt,
     "once more without need", "kind safe"},
    {"OrderNotKept", TORTURE_GATEWAY "_no_order", Peers::fail_first, std::nullopt, "arrived after"},
    {"DeliveredOnceMoreAfterAStart", TORTURE_GATEWAY "_sent_again", Peers::take_all, std::nullopt,
     "once more without need"},
};

class SeededFault : public testing::TestWithParam<Seeded> {};

// Which commit holds a referral, and whether its answer got out before the end, is not for the test
// to say: a few stops find it.
TEST_P(SeededFault, IsCaught) {
    constexpr std::uint64_t stops = 8;
    constexpr auto patience = 3s;
    const auto is_it = testing::Contains(testing::HasSubstr(GetParam().finding));
    World world({.peers = GetParam().peers, .program = GetParam().program});
    if (GetParam().order != nullptr) {
        world.order(GetParam().order);
    }
    Findings findings;
    for (std::uint64_t number = 1; number <= stops && !testing::Matches(is_it)(findings);
         ++number) {
        if (GetParam().stop) {
            Stop stop = *GetParam().stop;
            stop.number = number;
            world.start(stop.words());
            world.send(2);
            world.wait(patience);
            world.kill();
        } else {
            world.send(4);
        }
        findings = world.drain_and_check(patience);
        world.kill();
    }
    EXPECT_THAT(findings, is_it);
}

INSTANTIATE_TEST_SUITE_P(Torture, SeededFault, testing::ValuesIn(seeded_faults),
                         [](const auto& of) { return std::string{of.param.name}; });

}  // namespace
}  // namespace gateway::torture
