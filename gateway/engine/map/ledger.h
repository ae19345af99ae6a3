// What became of every leaf of the source: nothing is lost in silence. One byte a source node while
// the map runs; `ledger_document` turns it into a report. Read-only once the run is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/map/map_trace.h"
#include "gateway/format/document/document.h"

namespace gateway {

// The stronger one wins where several are true: mapped over carried over dropped over used.
enum class LeafState : std::uint8_t {
    unused,   // no rule read it: flagged
    used,     // read in a condition only
    dropped,  // left out on purpose; the reason says why
    carried,  // kept as part of something bigger that the target holds verbatim
    mapped,   // its value is in the target
};

std::string_view to_string(LeafState state);

class Ledger {
public:
    struct Counts {
        std::size_t mapped = 0;
        std::size_t carried = 0;
        std::size_t dropped = 0;
        std::size_t used = 0;
        std::size_t unused = 0;
    };

    // Of one input document; every node without children and with a value is a leaf.
    explicit Ledger(const Document& source);

    LeafState state(NodeId leaf) const { return entries_[leaf].state; }

    // Who decided, no_rule if nobody did.
    RuleId rule(NodeId leaf) const { return entries_[leaf].rule; }

    // Why it was dropped or is carried; empty otherwise.
    std::string_view reason(NodeId leaf) const;

    Counts counts(const Document& source) const;

    // --- while the map runs
    void mark(NodeId leaf, LeafState state, RuleId rule, std::string_view reason = {});

private:
    struct Entry {
        RuleId rule = no_rule;
        std::uint16_t reason = 0;
        LeafState state = LeafState::unused;
    };

    std::vector<Entry> entries_;
    std::vector<std::string> reasons_;
};

// All leaves of the subtree, in order.
std::vector<NodeId> leaves(const Document& document, NodeId root);

}  // namespace gateway
