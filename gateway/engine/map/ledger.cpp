#include "gateway/engine/map/ledger.h"

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::string_view explicit_null = "explicit null (\"\")";

bool is_explicit_null(const Document& document, NodeId node) {
    return document.kind(node) == ValueKind::null && !document.value(node).empty();
}

// A divided part of HL7 v2 lends its value from its first leaf; a FHIR primitive with an extension
// has one of its own.
bool has_lent_value(const Document& document, NodeId node) {
    NodeId leaf = node;
    while (document.has_children(leaf)) {
        leaf = document.first_child(leaf);
    }
    return leaf != node && document.value(leaf).data() == document.value(node).data();
}

bool is_leaf(const Document& document, NodeId node) {
    return (document.has_value(node) && !has_lent_value(document, node)) ||
           (is_explicit_null(document, node) && !document.has_children(node));
}

// Visits the subtree in order without recursion.
template <typename Visit>
void walk(const Document& document, NodeId root, const Visit& visit) {
    std::vector<NodeId> open = {root};
    std::vector<NodeId> children;
    while (!open.empty()) {
        const NodeId node = open.back();
        open.pop_back();
        visit(node);
        children.clear();
        for (NodeId at = document.first_child(node); at != no_node; at = document.next(at)) {
            children.push_back(at);
        }
        open.insert(open.end(), children.rbegin(), children.rend());
    }
}

}  // namespace

std::string_view to_string(LeafState state) {
    switch (state) {
        case LeafState::unused:
            return "unused";
        case LeafState::used:
            return "used";
        case LeafState::dropped:
            return "dropped";
        case LeafState::carried:
            return "carried";
        case LeafState::mapped:
            return "mapped";
    }
    throw std::logic_error("unknown leaf state");
}

// An explicit null says "delete this": no FHIR element can hold it, and no rule has to say so.
// What a resource says of its own type decides how it is read.
Ledger::Ledger(const Document& source) : entries_(source.node_count()) {
    const auto resource_type = source.find_name("resourceType");
    for (NodeId node = 0; node < entries_.size(); ++node) {
        if (source.name_id(node) == resource_type) {
            mark(node, LeafState::used, no_rule);
        }
        if (is_explicit_null(source, node)) {
            mark(node, LeafState::dropped, no_rule, explicit_null);
        }
    }
}

std::string_view Ledger::reason(NodeId leaf) const {
    const std::uint16_t index = entries_[leaf].reason;
    return index == 0 ? std::string_view{} : reasons_[index - 1U];
}

Ledger::Counts Ledger::counts(const Document& source) const {
    Counts counts;
    for (const NodeId leaf : leaves(source, source.root())) {
        switch (state(leaf)) {
            case LeafState::unused:
                ++counts.unused;
                break;
            case LeafState::used:
                ++counts.used;
                break;
            case LeafState::dropped:
                ++counts.dropped;
                break;
            case LeafState::carried:
                ++counts.carried;
                break;
            case LeafState::mapped:
                ++counts.mapped;
                break;
        }
    }
    return counts;
}

void Ledger::mark(NodeId leaf, LeafState state, RuleId rule, std::string_view reason) {
    Entry& entry = entries_[leaf];
    if (state <= entry.state) {
        return;
    }
    entry.state = state;
    entry.rule = rule;
    entry.reason = 0;
    if (!reason.empty()) {
        auto known = std::ranges::find(reasons_, reason);
        if (known == reasons_.end()) {
            known = reasons_.insert(reasons_.end(), std::string{reason});
        }
        entry.reason = static_cast<std::uint16_t>(known - reasons_.begin() + 1);
    }
}

std::vector<NodeId> leaves(const Document& document, NodeId root) {
    std::vector<NodeId> found;
    walk(document, root, [&](NodeId node) {
        if (is_leaf(document, node)) {
            found.push_back(node);
        }
    });
    return found;
}

}  // namespace gateway
