// The gateway over PostgreSQL: it is stopped before and after every act, as over SQLite, or the
// server is, and the gateway lives through it. TORTURE_ROUNDS makes it longer.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>

#include "tests/support/postgres_server.h"
#include "tests/torture/form.h"
#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

constexpr int referrals_each = 2;
constexpr auto patience = 60s;  // a lease of a process that died ends by itself

struct Kind {
    const char* name;
    const char* order;          // to the peers: what they send
    std::vector<ActSite> acts;  // that it is made for
    Peers peers = Peers::take_all;
    bool has_all = false;  // the others too, where the gateway is stopped
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

const std::vector<Kind> kinds{
    {.name = "Mapped",
     .order = "kind mapped",
     .acts = {ActSite::mllp_answer, ActSite::http_answer, ActSite::mllp_call, ActSite::http_call,
              ActSite::postgres_commit},
     .peers = Peers::fail_first,
     .has_all = true},
    {.name = "Passed",
     .order = "kind shared",
     .acts = {ActSite::mllp_answer, ActSite::mllp_call, ActSite::postgres_commit}},
    {.name = "Commit",
     .order = "kind commit",
     .acts = {ActSite::mllp_answer, ActSite::http_call, ActSite::postgres_commit}}};

enum class Victim { gateway, server };

class PostgresActs : public testing::TestWithParam<Kind> {
protected:
    PostgresActs() { world_.order(GetParam().order); }

    ~PostgresActs() override {
        if (HasFailure()) {
            world_.keep();
            std::cout << "see " << world_.stage().folder << '\n';
        }
    }

    std::string settings() {
        const PostgresTarget target = server_.database("gateway");
        return fmt::format(
            "\n[store.postgres]\nhost = \"{}\"\nport = {}\ndatabase = \"{}\"\nuser = \"{}\"\n",
            target.host, target.port, target.database, target.user);
    }

    Passings count_acts() {
        EXPECT_TRUE(world_.start({}));
        world_.send(referrals_each);
        EXPECT_THAT(world_.finish_and_check(patience), testing::IsEmpty());
        const Passings passed = world_.passings();
        world_.kill();
        for (const ActSite site : GetParam().acts) {
            EXPECT_TRUE(passed.contains(site)) << name_of(site) << " did not happen";
        }
        return passed;
    }

    // A sample, but in the long form.
    static bool is_wanted(ActSite site, Victim victim) {
        const auto& acts = GetParam().acts;
        return rounds_asked() || (GetParam().has_all && victim == Victim::gateway) ||
               std::ranges::find(acts, site) != acts.end();
    }

    // Before and after each act; `stop` says whether it was reached.
    void stop_everywhere(Victim victim, const std::function<bool(Stop)>& stop) {
        std::size_t stops = 0;
        std::size_t reached = 0;
        Passings passed = count_acts();
        std::erase_if(passed, [&](const auto& of) { return !is_wanted(of.first, victim); });
        for (const auto& [site, count] : passed) {
            for (const ActMoment moment : both_moments) {
                Stopped stopped{site, moment};
                for (const std::uint64_t number :
                     spread((count + 1) / 2, rounds_asked().value_or(1))) {
                    ++stopped.times;
                    stopped.reached +=
                        stop({.site = site, .moment = moment, .number = number}) ? 1U : 0U;
                    if (HasFailure()) {
                        return;
                    }
                }
                tell(stopped, fmt::format("Postgres{}", GetParam().name));
                stops += stopped.times;
                reached += stopped.reached;
            }
        }
        const Ledger ledger = world_.ledger();
        std::cout << fmt::format(
            "{}: {} stops ({} not reached) at {} acts, {} acknowledged, {} arrived, {} repeats, {} "
            "times \"not now\"\n",
            GetParam().name, stops, stops - reached, passed.size(), ledger.acknowledged.size(),
            ledger.taken_as.size(), ledger.repeats(), ledger.refusals.size());
    }

    PostgresServer server_;
    World world_{{.peers = GetParam().peers,
                  .refusals = Refusals::temporary,
                  .settings = settings(),
                  .deliver_timeout = "1s"}};
};

TEST_P(PostgresActs, AGatewayThatIsStoppedLosesAndDoublesNothing) {
    stop_everywhere(Victim::gateway, [&](const Stop& stop) {
        world_.send(referrals_each);
        if (world_.start(stop.words())) {
            world_.wait(patience);
        }
        const bool was_stopped = world_.was_stopped();
        world_.kill();
        world_.send(1);
        EXPECT_THAT(world_.drain_and_check(patience), testing::IsEmpty()) << stop.word();
        world_.kill();
        return was_stopped;
    });
}

TEST_P(PostgresActs, AServerThatIsStoppedLosesAndDoublesNothing) {
    stop_everywhere(Victim::server, [&](Stop stop) {
        stop.victim = server_.process();
        world_.send(referrals_each);
        const bool is_up = world_.start(stop.words());
        const bool was_stopped = world_.comes([&] { return world_.was_stopped(); }, 2s);
        // What was sent and not recorded before the server was gone, or while it was, comes once
        // more.
        world_.order("started");
        server_.crash();
        world_.order("started");
        if (is_up) {
            EXPECT_THAT(world_.finish_and_check(patience), testing::IsEmpty()) << stop.word();
            EXPECT_TRUE(world_.stop(patience));
        } else {
            EXPECT_THAT(world_.drain_and_check(patience), testing::IsEmpty()) << stop.word();
            world_.kill();
        }
        return was_stopped;
    });
}

INSTANTIATE_TEST_SUITE_P(Torture, PostgresActs, testing::ValuesIn(kinds),
                         [](const auto& of) { return std::string{of.param.name}; });

}  // namespace
}  // namespace gateway::torture
