// One gateway, its partners and their ledger in a folder: what the torture does to it, and what it
// then finds. The partners are peers.mjs, which has none of the gateway's code; the gateway is
// torture_gateway. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/base/act.h"

namespace gateway::torture {

// Where the process is killed.
struct Stop {
    ActSite site = ActSite::store_commit;
    ActMoment moment = ActMoment::before;
    std::uint64_t number = 1;  // the passing of this site in the life of the process
    bool loses_power = false;  // what was not synced goes with it

    std::string word() const;

    // The whole plan for torture_gateway.
    std::vector<std::string> words() const;
};

// A message, or a referral, by its number, at one of the partners.
struct At {
    std::string place;
    std::string number;

    auto operator<=>(const At&) const = default;
};

// What the partners' ledger says. A number stands for one referral.
struct Ledger {
    struct Sent {
        std::vector<std::string> places;  // where it must arrive
        std::string digest;               // of the bytes that must arrive; empty: any
    };

    std::map<std::string, Sent> sent;
    std::vector<std::string> acknowledged;
    std::vector<At> taken;                                  // in order, repeats among them
    std::map<At, std::set<std::string>> taken_as;           // delivery ids and digests
    std::set<std::string> answered;                         // by the clinic, and acknowledged
    std::map<std::string, std::set<std::string>> heard_as;  // number -> control ids and digests
    std::vector<std::string> refusals;
    std::vector<At> needless;  // what came once more though nothing had been lost

    std::size_t repeats() const { return taken.size() - taken_as.size(); }
};

Ledger read_ledger(const std::string& file);

using Findings = std::vector<std::string>;

// May the gateway say AE ("try again") meanwhile?
enum class Refusals { none, temporary };

// Lost, changed, doubled, out of order, sent again without need, refused.
Findings check(const Ledger& ledger, Refusals refusals);

enum class Peers { take_all, fail_first };

class World final {
public:
    explicit World(Peers peers, Refusals refusals = Refusals::none,
                   std::string gateway_program = TORTURE_GATEWAY);
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

    // Starts it without a plan, lets it finish, sends the last messages again, and looks at
    // everything.
    Findings drain_and_check(std::chrono::milliseconds patience = std::chrono::seconds(20));

    // As `drain_and_check`, of the gateway that runs.
    Findings finish_and_check(std::chrono::milliseconds patience);

    void remove_store() const;

    // The gateway's memory of them, and what it told.
    void forget_incidents() const;

    // Instead of a program.
    void tell_by_mail() const;

    // A new master key stands first in the configuration, the others behind it.
    void put_new_key_first();
    void drop_older_keys();

    // How often the gateway's log says it, in all its lives.
    std::size_t logged(const std::string& event) const;

    // How often each site was passed since the last start.
    std::uint64_t passings(ActSite site) const;

    // Whether the last start ended where its plan said.
    bool was_stopped() const;

    Ledger ledger() const { return read_ledger(ledger_file_); }

    int process() const { return gateway_->process(); }

    // The folder stays for whoever looks into a failure.
    void keep() { is_kept_ = true; }

private:
    void start_peers();
    void configure() const;
    void add_places() const;
    bool is_told_of_incidents(std::chrono::milliseconds patience);

    std::string alarms_file() const { return stage_.folder + "/alarms.txt"; }

    void write_keys() const;
    std::array<std::uint64_t, act_site_names.size() + 1> counts() const;

    Stage stage_;
    Refusals refusals_;
    std::string program_;
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
