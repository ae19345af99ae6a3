// The process is stopped before and after every durable or outward act (base/act.h), in every
// scenario in which the act happens; then it starts again and finishes. What it acknowledged must
// have arrived, once and in order, and the audit must verify. TORTURE_ROUNDS makes it longer: so
// many places of each act instead of two (./dev torture).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>

#include "gateway/flow/store/sqlite/migrations.h"
#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

constexpr int referrals_each = 2;

// The idle gateway checkpoints by itself after a while.
constexpr auto time_for_late_acts = 400ms;

std::uint64_t rounds() {
    const char* word = std::getenv("TORTURE_ROUNDS");
    std::uint64_t number = 2;
    if (word != nullptr) {
        const std::string_view text{word};
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return std::max<std::uint64_t>(number, 1);
}

// A store as an older Painbridge left it.
void put_old_store(const World& world) {
    world.remove_store();
    const std::string path = world.stage().store();
    sqlite::Connection connection(path, sqlite::Access::read_write, {});
    connection.execute("PRAGMA journal_mode = WAL");
    sqlite::migrate(connection, path, sqlite::shipped_migrations().first(1));
}

struct Scenario {
    const char* name;
    Peers peers;
    std::vector<ActSite> acts;                  // that it is made for
    std::function<void(World&)> prepare;        // before each start
    std::function<void(World&)> while_sending;  // once the gateway is up and the partners send
};

const std::vector<Scenario> scenarios{
    {"AcceptAndDeliver",
     Peers::take_all,
     {ActSite::mllp_answer, ActSite::http_answer, ActSite::mllp_call, ActSite::http_call,
      ActSite::store_commit, ActSite::body_spill},
     {},
     {}},
    {"Retry",
     Peers::fail_first,
     {ActSite::mllp_answer, ActSite::http_answer, ActSite::mllp_call, ActSite::http_call,
      ActSite::store_commit},
     {},
     {}},
    {"Checkpoint", Peers::take_all, {ActSite::store_checkpoint}, {}, {}},
    {"Start",
     Peers::take_all,
     {ActSite::store_lock, ActSite::store_open, ActSite::store_migration, ActSite::store_release,
      ActSite::operator_pass},
     [](World& world) { world.remove_store(); },
     {}},
    {"Upgrade",
     Peers::take_all,
     {ActSite::store_copy, ActSite::store_migration},
     put_old_store,
     {}},
    {"Reload", Peers::take_all, {ActSite::reload}, {}, [](World& world) { world.signal(SIGHUP); }},
    {"Stop",
     Peers::take_all,
     {ActSite::store_close},
     {},
     [](World& world) { world.signal(SIGTERM); }},
};

class EveryAct : public testing::TestWithParam<Scenario> {
protected:
    EveryAct() : world_(GetParam().peers) {}

    ~EveryAct() override {
        if (HasFailure()) {
            world_.keep();
            std::cout << "see " << world_.stage().folder << '\n';
        }
    }

    // The scenario once, under a plan; whether the process came to its end.
    bool run(const std::vector<std::string>& plan) {
        const Scenario& scenario = GetParam();
        if (scenario.prepare) {
            scenario.prepare(world_);
        }
        const bool is_up = world_.start(plan);
        world_.send(referrals_each);
        if (is_up && scenario.while_sending) {
            scenario.while_sending(world_);
        }
        return !is_up || world_.wait(20s) == World::End::ended ||
               world_.has_ended(time_for_late_acts);
    }

    std::map<ActSite, std::uint64_t> count_acts() {
        run({});
        std::map<ActSite, std::uint64_t> passed;
        for (std::size_t i = 0; i < act_site_names.size(); ++i) {
            const auto site = static_cast<ActSite>(i);
            if (const std::uint64_t count = world_.passings(site); count > 0) {
                passed[site] = count;
            }
        }
        world_.kill();
        EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty());
        world_.kill();
        return passed;
    }

    // Whether it was stopped there.
    bool stop_at(const Stop& stop) {
        std::vector<std::string> plan{stop.word()};
        if (stop.loses_power) {
            plan.emplace_back("power");
        }
        const bool has_ended = run(plan);
        world_.kill();
        EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty())
            << stop.word() << (stop.loses_power ? " with the power" : "");
        world_.kill();
        return has_ended;
    }

    World world_;
};

TEST_P(EveryAct, LosesAndDoublesNothingWhenStoppedThere) {
    const auto passed = count_acts();
    for (const ActSite site : GetParam().acts) {
        EXPECT_TRUE(passed.contains(site))
            << act_site_names.at(static_cast<std::size_t>(site)) << " did not happen";
    }
    std::size_t stops = 0;
    std::size_t missed = 0;
    for (const auto& [site, count] : passed) {
        for (const ActMoment moment : {ActMoment::before, ActMoment::after}) {
            for (std::uint64_t round = 0; round < std::min(rounds(), count); ++round) {
                // From the first to the middle: later ones may not come, as commits are shared.
                const std::uint64_t number = 1 + round * (count / 2) / std::max(rounds() - 1, 1UL);
                const bool is_hit = stop_at({.site = site,
                                             .moment = moment,
                                             .number = number,
                                             .loses_power = stops % 2 == 1});
                ++stops;
                missed += is_hit ? 0U : 1U;
                EXPECT_TRUE(is_hit || round > 0)
                    << act_site_names.at(static_cast<std::size_t>(site)) << " was not reached";
                if (HasFailure()) {
                    return;  // the world is no longer sound, and its folder is kept
                }
            }
        }
    }
    const Ledger ledger = world_.ledger();
    std::cout << fmt::format(
        "{}: {} stops ({} not reached) at {} acts, {} acknowledged, {} arrived, {} repeats that "
        "the receiver could tell\n",
        GetParam().name, stops, missed, passed.size(), ledger.acknowledged.size(),
        ledger.taken_as.size(), ledger.repeats());
    EXPECT_THAT(ledger.refusals, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Torture, EveryAct, testing::ValuesIn(scenarios),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(EveryActs, HaveAScenario) {
    for (std::size_t i = 0; i < act_site_names.size(); ++i) {
        EXPECT_TRUE(std::ranges::any_of(scenarios, [i](const Scenario& scenario) {
            return std::ranges::find(scenario.acts, static_cast<ActSite>(i)) != scenario.acts.end();
        })) << act_site_names.at(i);
    }
}

}  // namespace
}  // namespace gateway::torture
