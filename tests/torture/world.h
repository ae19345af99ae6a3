// One gateway, its partners and their ledger in a folder: what the torture does to it, and what it
// then finds. The partners are peers.mjs, which has none of the gateway's code; the gateway is
// torture_gateway. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/base/act.h"
#include "tests/support/foreign_program.h"
#include "tests/torture/ledger.h"

namespace gateway::torture {

inline constexpr std::array both_moments{ActMoment::before, ActMoment::after};

std::string_view name_of(ActSite site);

// Where the process is killed.
struct Stop {
    ActSite site = ActSite::store_commit;
    ActMoment moment = ActMoment::before;
    std::uint64_t number = 1;  // the passing of this site in the life of the process
    bool loses_power = false;  // what was not synced goes with it
    int victim = 0;            // another process: it is made to quit, and this one goes on

    std::string word() const;

    // The whole plan for torture_gateway.
    std::vector<std::string> words() const;
};

using Passings = std::map<ActSite, std::uint64_t>;

enum class Peers { take_all, fail_first };

struct WorldOptions {
    Peers peers = Peers::take_all;
    Refusals refusals = Refusals::none;
    std::string program = TORTURE_GATEWAY;
    std::string settings = {};            // more of the gateway's
    std::string deliver_timeout = "10s";  // of one attempt
};

class World final {
public:
    explicit World(WorldOptions options = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;

    const Stage& stage() const { return stage_; }

    // `words` as of torture_gateway. False if it did not get ready, as one that was killed before.
    bool start(const std::vector<std::string>& words);

    // The partners begin as many new referrals for each of their four patients.
    void send(int referrals_each);

    // Any other order of peers.mjs.
    void order(const std::string& order) { peers_->write_line(order); }

    void signal(int number) const;

    // Until all that was sent has made its whole way, or the gateway's process has ended.
    enum class End { drained, ended, neither };

    End wait(std::chrono::milliseconds patience);
    bool has_ended(std::chrono::milliseconds patience);

    void kill();

    // As an operator does; false where it does not end in time.
    bool stop(std::chrono::milliseconds patience);

    // Looks until it is so.
    static bool comes(const std::function<bool()>& condition, std::chrono::milliseconds patience);

    // Starts it without a plan, lets it finish, sends the last messages again, and looks at
    // everything.
    Findings drain_and_check(std::chrono::milliseconds patience = std::chrono::seconds(20));

    // As `drain_and_check`, of the gateway that runs.
    Findings finish_and_check(std::chrono::milliseconds patience);

    void remove_store() const;

    // The gateway's memory of them, and what it told.
    void forget_incidents() const;

    // The next one is the first.
    void forget_checkpoints() const;

    // Instead of a program.
    void tell_by_mail() const;

    // A new master key stands first in the configuration, the others behind it.
    void put_new_key_first();
    void drop_older_keys();

    // How often the gateway's log says it, in all its lives.
    std::size_t logged(const std::string& event) const;

    // Which sites were passed since the last start, and how often.
    Passings passings() const { return passings_in(stage_.folder + "/counts"); }

    // Whether the last start ended where its plan said.
    bool was_stopped() const { return was_stopped_in(stage_.folder + "/counts"); }

    // Another verb of the product on the same configuration, to its end or to its stop.
    CommandResult run_verb(const std::vector<std::string>& plan,
                           const std::vector<std::string>& words) const;

    Passings passings_of_verb() const { return passings_in(verb_counts()); }

    bool was_verb_stopped() const { return was_stopped_in(verb_counts()); }

    Ledger ledger() const { return read_ledger(ledger_file_); }

    int process() const { return gateway_->process(); }

    // The folder stays for whoever looks into a failure.
    void keep() { is_kept_ = true; }

private:
    void start_peers();
    void configure() const;
    void add_places() const;
    std::string timeout() const;
    bool is_told_of_incidents(std::chrono::milliseconds patience);

    std::string alarms_file() const { return stage_.folder + "/alarms.txt"; }

    void write_keys() const;

    std::string verb_counts() const { return stage_.folder + "/verb-counts"; }

    static Passings passings_in(const std::string& counts);
    static bool was_stopped_in(const std::string& counts);

    WorldOptions options_;
    Stage stage_;
    std::vector<std::string> keys_;
    // The ports of partners that the demo's stage does not have.
    std::string relay_;
    std::string annex_;
    std::string desk_;
    std::string ledger_file_;
    std::unique_ptr<Child> peers_;
    std::unique_ptr<Child> gateway_;
    bool is_drained_ = true;
    bool is_kept_ = false;
};

}  // namespace gateway::torture
