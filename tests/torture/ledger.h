// What the torture's partners wrote of what they sent and took (peers.mjs), and what must be true
// of it. Pure.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gateway::torture {

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

// May the gateway say AE or CE ("try again") meanwhile?
enum class Refusals { none, temporary };

// Lost, changed, doubled, out of order, sent again without need, refused.
Findings check(const Ledger& ledger, Refusals refusals);

}  // namespace gateway::torture
