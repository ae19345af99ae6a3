// The process is stopped before and after every durable or outward act (base/act.h), in every
// scenario in which the act happens; then it starts again and finishes. What it acknowledged must
// have arrived, once and in order, and the audit must verify. TORTURE_ROUNDS makes it longer: so
// many places of each act instead of one or two (./dev torture).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>

#include "gateway/flow/store/sqlite/migrations.h"
#include "tests/torture/form.h"
#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

constexpr int referrals_each = 2;

// In so many places of each act: of those that the scenario is made for, and of the others.
std::uint64_t rounds_of(bool is_own) {
    constexpr std::uint64_t of_its_own = 2;
    return rounds_asked().value_or(is_own ? of_its_own : 1);
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
    std::vector<ActSite> acts;  // that it is made for
    Peers peers = Peers::take_all;
    std::function<void(World&)> prepare = {};        // before each start
    std::function<void(World&)> while_sending = {};  // once the gateway is up and the partners send
    // For what happens when all is done: the idle store checkpoints after a while.
    std::chrono::milliseconds time_for_late_acts = 400ms;
    const char* order = nullptr;     // to the peers, once: what they send
    const char* must_log = nullptr;  // what the gateway must have come to, in one of its lives
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.name;
}

const std::vector<Scenario> scenarios{
    {.name = "AcceptAndDeliver",
     .acts = {ActSite::mllp_answer, ActSite::http_answer, ActSite::http_interim, ActSite::mllp_call,
              ActSite::http_call, ActSite::store_commit, ActSite::body_spill}},
    {.name = "Retry",
     .acts = {ActSite::mllp_answer, ActSite::http_answer, ActSite::mllp_call, ActSite::http_call,
              ActSite::store_commit},
     .peers = Peers::fail_first},
    // Original bytes to one, and to two of which one is away meanwhile.
    {.name = "Pass",
     .acts = {ActSite::mllp_answer, ActSite::mllp_call, ActSite::store_commit},
     .order = "kind passed"},
    {.name = "PassToTwo",
     .acts = {ActSite::mllp_call, ActSite::http_call, ActSite::store_commit},
     .peers = Peers::fail_first,
     .prepare = [](World& world) { world.order("away desk"); },
     .order = "kind shared"},
    // Mapped, with a Task for each.
    {.name = "OneToMany",
     .acts = {ActSite::http_call, ActSite::store_commit},
     .prepare = [](World& world) { world.order("away annex"); },
     .order = "kind split"},
    // CA first, then what the message asks for.
    {.name = "Commit",
     .acts = {ActSite::mllp_answer, ActSite::http_call, ActSite::store_commit},
     .order = "kind commit",
     .must_log = ".resumed"},
    {.name = "CommitAndPass",
     .acts = {ActSite::mllp_answer, ActSite::mllp_call},
     .order = "kind safe"},
    {.name = "Checkpoint", .acts = {ActSite::store_checkpoint}},
    {.name = "Start",
     .acts = {ActSite::store_lock, ActSite::store_open, ActSite::store_migration,
              ActSite::store_folder, ActSite::master_key, ActSite::store_release,
              ActSite::operator_pass},
     .prepare = [](World& world) { world.remove_store(); }},
    {.name = "Upgrade",
     .acts = {ActSite::store_copy, ActSite::store_migration},
     .prepare = put_old_store},
    {.name = "Reload",
     .acts = {ActSite::reload},
     .while_sending = [](World& world) { world.signal(SIGHUP); }},
    {.name = "KeyRotation",
     .acts = {ActSite::master_key, ActSite::key_rotation, ActSite::store_commit},
     .prepare = [](World& world) { world.put_new_key_first(); }},
    {.name = "Alarm",
     .acts = {ActSite::alarm_file, ActSite::alarm_text, ActSite::alarm_command},
     .prepare = [](World& world) { world.forget_incidents(); }},
    {.name = "AlarmByMail",
     .acts = {ActSite::alarm_file, ActSite::smtp_line, ActSite::smtp_text},
     .prepare =
         [](World& world) {
             world.tell_by_mail();
             world.forget_incidents();
         }},
    {.name = "Stop",
     .acts = {ActSite::store_close, ActSite::audit_checkpoint, ActSite::audit_folder,
              ActSite::operator_pass_end},
     .prepare = [](World& world) { world.forget_checkpoints(); },
     .while_sending = [](World& world) { world.signal(SIGTERM); },
     .time_for_late_acts = 20s},
};

class EveryAct : public testing::TestWithParam<Scenario> {
protected:
    EveryAct() {
        if (GetParam().order != nullptr) {
            world_.order(GetParam().order);
        }
    }

    ~EveryAct() override {
        if (HasFailure()) {
            world_.keep();
            std::cout << "see " << world_.stage().folder << '\n';
        }
    }

    // The scenario once, under a plan; until the process has ended or all is done.
    void run(const std::vector<std::string>& plan) {
        const Scenario& scenario = GetParam();
        if (scenario.prepare) {
            scenario.prepare(world_);
        }
        const bool is_up = world_.start(plan);
        world_.send(referrals_each);
        if (is_up && scenario.while_sending) {
            scenario.while_sending(world_);
        }
        if (is_up && world_.wait(20s) == World::End::drained) {
            world_.has_ended(scenario.time_for_late_acts);
        }
    }

    Passings count_acts() {
        world_.send(referrals_each);  // a store that has something in it
        EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty());
        world_.kill();
        run({});
        const Passings passed = world_.passings();
        world_.kill();
        EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty());
        world_.kill();
        return passed;
    }

    // Whether it was stopped there.
    bool stop_at(const Stop& stop) {
        run(stop.words());
        const bool was_stopped = world_.was_stopped();
        world_.kill();
        world_.send(1);  // it takes new work, and the next stop finds something to sign
        EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty())
            << stop.word() << (stop.loses_power ? " with the power" : "");
        world_.kill();
        return was_stopped;
    }

    static bool is_own(ActSite site) {
        const auto& acts = GetParam().acts;
        return std::ranges::find(acts, site) != acts.end();
    }

    // From the first to the middle: later ones may not come, as commits are shared. Of a site that
    // is another scenario's, a run that is soon done may not come to any.
    void stop_around(ActSite site, std::uint64_t count) {
        for (const ActMoment moment : both_moments) {
            std::uint64_t reached = 0;
            const auto places = spread((count + 1) / 2, rounds_of(is_own(site)));
            for (const std::uint64_t number : places) {
                const bool is_hit = stop_at({.site = site,
                                             .moment = moment,
                                             .number = number,
                                             .loses_power = ++stops_ % 2 == 0});
                reached += is_hit ? 1U : 0U;
                EXPECT_TRUE(is_hit || number > 1 || !is_own(site))
                    << name_of(site) << " was not reached, of " << count << " at stop " << stops_;
                if (HasFailure()) {
                    return;  // the world is no longer sound, and its folder is kept
                }
            }
            reached_ += reached;
            tell({site, moment, places.size(), reached}, GetParam().name);
        }
    }

    World world_{{.peers = GetParam().peers}};
    std::size_t stops_ = 0;
    std::size_t reached_ = 0;
};

TEST_P(EveryAct, LosesAndDoublesNothingWhenStoppedThere) {
    const auto passed = count_acts();
    for (const ActSite site : GetParam().acts) {
        EXPECT_TRUE(passed.contains(site)) << name_of(site) << " did not happen";
    }
    for (const auto& [site, count] : passed) {
        stop_around(site, count);
        if (HasFailure()) {
            return;
        }
    }
    if (GetParam().must_log != nullptr) {
        EXPECT_GT(world_.logged(GetParam().must_log), 0U) << GetParam().must_log;
    }
    const Ledger ledger = world_.ledger();
    std::cout << fmt::format(
        "{}: {} stops ({} not reached) at {} acts, {} acknowledged, {} arrived, {} repeats that "
        "the receiver could tell\n",
        GetParam().name, stops_, stops_ - reached_, passed.size(), ledger.acknowledged.size(),
        ledger.taken_as.size(), ledger.repeats());
}

// However often a rotation was stopped: when it is done, what came before it needs no older key.
TEST(KeyRotation, NeedsNoOlderKeyAfterIt) {
    World world;
    world.send(referrals_each);
    ASSERT_THAT(world.drain_and_check(), testing::IsEmpty());
    world.kill();
    for (const ActMoment moment : {ActMoment::before, ActMoment::after}) {
        world.put_new_key_first();
        const Stop stop{.site = ActSite::key_rotation, .moment = moment, .number = 1};
        world.start(stop.words());
        world.has_ended(20s);
        EXPECT_TRUE(world.was_stopped());
    }
    const std::string event = "store.keys_rotated";
    const std::size_t before = world.logged(event);
    ASSERT_TRUE(world.start({}));
    for (int looks = 0; looks < 1000 && world.logged(event) == before; ++looks) {
        world.has_ended(10ms);
    }
    ASSERT_EQ(world.logged(event), before + 1);
    world.kill();
    world.drop_older_keys();
    EXPECT_THAT(world.drain_and_check(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Torture, EveryAct, testing::ValuesIn(scenarios),
                         [](const auto& of) { return std::string{of.param.name}; });

// Of other tests: backup_test.cpp, and over PostgreSQL.
constexpr std::array of_other_tests{
    ActSite::postgres_commit,    ActSite::copy_begin,   ActSite::copy_pages,
    ActSite::copy_settle,        ActSite::copy_sync,    ActSite::private_write,
    ActSite::private_sync,       ActSite::private_name, ActSite::private_removal,
    ActSite::unfinished_removal, ActSite::store_rename, ActSite::store_link,
    ActSite::store_memory};

TEST(EveryActs, HaveAScenario) {
    for (std::size_t i = 0; i < act_site_names.size(); ++i) {
        const auto site = static_cast<ActSite>(i);
        const bool has_one = std::ranges::any_of(scenarios, [site](const Scenario& scenario) {
            return std::ranges::find(scenario.acts, site) != scenario.acts.end();
        });
        EXPECT_NE(has_one, std::ranges::find(of_other_tests, site) != of_other_tests.end())
            << name_of(site);
    }
}

}  // namespace
}  // namespace gateway::torture
