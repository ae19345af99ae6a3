// `painbridge store backup` beside a gateway under load, and `restore`, are stopped before and
// after everything that they do to the disk. What a stopped backup leaves is a whole backup or
// none; what a stopped restore leaves is the former store or the restored one; and what was
// acknowledged before a backup began is delivered from the store that it becomes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>

#include "tests/torture/form.h"
#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

constexpr int referrals_each = 6;
constexpr std::uint64_t usual_rounds = 2;
constexpr auto patience = 20s;

class Backup : public testing::Test {
protected:
    ~Backup() override {
        if (HasFailure()) {
            world_.keep();
            std::cout << "see " << world_.stage().folder << '\n';
        }
    }

    std::string file(const std::string& name) const { return world_.stage().folder + "/" + name; }

    static bool exists(const std::string& path) { return std::filesystem::exists(path); }

    std::string next_backup() { return file(fmt::format("backup-{}.db", ++backups_)); }

    CommandResult backup(const std::string& to, const std::vector<std::string>& plan = {}) {
        return world_.run_verb(plan, {"store", "backup", to});
    }

    CommandResult restore(const std::string& from, const std::vector<std::string>& plan = {}) {
        return world_.run_verb(plan, {"store", "restore", "--replace", from});
    }

    // The last message that it holds, or the store; none where it is not sound.
    std::optional<std::uint64_t> last_message(const std::string& backup = {}) {
        std::vector<std::string> words{"store", "verify", "--json"};
        if (!backup.empty()) {
            words.push_back(backup);
        }
        const CommandResult verdict = world_.run_verb({}, words);
        if (verdict.status != 0) {
            return std::nullopt;
        }
        constexpr std::string_view key = "\"messages\": ";
        const std::size_t at = verdict.output.find(key);
        std::uint64_t last = 0;
        if (at == std::string::npos) {
            ADD_FAILURE() << verdict.output;
            return last;
        }
        const char* digits = verdict.output.data() + at + key.size();
        std::from_chars(digits, verdict.output.data() + verdict.output.size(), last);
        return last;
    }

    static bool comes(const std::function<bool()>& condition) {
        return World::comes(condition, patience);
    }

    using Verb = std::function<CommandResult(const std::vector<std::string>& plan)>;

    // Before and after each place of each act that `verb` passes.
    void stop_everywhere(const char* name, const Verb& verb,
                         const std::function<void(const Stop&)>& look) {
        EXPECT_EQ(verb({}).status, 0);
        const auto passed = world_.passings_of_verb();
        std::size_t stops = 0;
        for (const auto& [site, count] : passed) {
            for (const ActMoment moment : both_moments) {
                const auto places = spread(count, rounds_asked().value_or(usual_rounds));
                for (const std::uint64_t number : places) {
                    const Stop stop{.site = site, .moment = moment, .number = number};
                    verb(stop.words());
                    EXPECT_TRUE(world_.was_verb_stopped()) << stop.word();
                    look(stop);
                }
                stops += places.size();
                tell({site, moment, places.size(), places.size()}, name);
            }
        }
        std::cout << fmt::format("{} stops at {} acts, {} acknowledged\n", stops, passed.size(),
                                 world_.ledger().acknowledged.size());
    }

    World world_;
    int backups_ = 0;
};

TEST_F(Backup, AStopLeavesAWholeOneOrNone) {
    ASSERT_TRUE(world_.start({}));
    std::string last;
    std::optional<std::uint64_t> before;
    stop_everywhere(
        "Backup",
        [&](const std::vector<std::string>& plan) {
            world_.send(1);  // and goes on beside it
            before = last_message();
            last = next_backup();
            return backup(last, plan);
        },
        [&](const Stop& stop) {
            for (const std::string& left : {last, last + ".part"}) {
                const auto found = last_message(left);
                EXPECT_TRUE(!found || found >= before) << left << " after " << stop.word();
            }
            EXPECT_TRUE(!exists(last) || last_message(last)) << stop.word();
            // A manifest alone may be of one that was moved away: whoever finds it decides.
            if (!exists(last) && !exists(last + ".manifest")) {
                EXPECT_EQ(backup(last).status, 0) << stop.word();
                EXPECT_TRUE(last_message(last) >= before) << stop.word();
            }
        });
    EXPECT_THAT(world_.finish_and_check(patience), testing::IsEmpty());
}

TEST_F(Backup, WhatWasAcknowledgedBeforeItIsDeliveredFromItHoweverOftenItsRestoreIsStopped) {
    ASSERT_TRUE(world_.start({}));
    world_.order("gone clinic");
    world_.send(referrals_each);
    ASSERT_TRUE(comes([&] { return world_.ledger().acknowledged.size() >= referrals_each; }));
    const auto before = world_.ledger().acknowledged;
    const std::string file = next_backup();
    EXPECT_EQ(backup(file).status, 0);
    EXPECT_TRUE(comes([&] {
        const Ledger ledger = world_.ledger();
        return ledger.acknowledged.size() == 4 * referrals_each;
    }));
    world_.kill();
    stop_everywhere(
        "Restore", [&](const auto& plan) { return restore(file, plan); },
        [&](const Stop& stop) { EXPECT_TRUE(last_message()) << stop.word(); });
    const CommandResult restored = restore(file);
    EXPECT_EQ(restored.status, 0) << restored.output;

    world_.order("back");
    ASSERT_TRUE(world_.start({}));
    EXPECT_TRUE(comes([&] {
        const Ledger ledger = world_.ledger();
        return std::ranges::all_of(before, [&](const std::string& number) {
            return ledger.taken_as.contains({"clinic", number});
        });
    })) << "not all came from the restored store alone";
    world_.order("again 63");  // what came after the backup is sent once more, as the manual says
    EXPECT_THAT(world_.finish_and_check(patience), testing::IsEmpty());
}

}  // namespace
}  // namespace gateway::torture
