// Where every target element came from: one entry a target node, indexed by its NodeId, made while
// the map runs. A node's entry names the rule and the source nodes whose values it holds, or that
// its id was hashed from, or, for constants and containers, the item that the rule stood on.
// Read-only once the run is over.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"

namespace gateway {

// A node of one of the run's input documents.
struct SourceNode {
    std::uint32_t document = 0;
    NodeId node = no_node;

    bool operator==(const SourceNode&) const = default;
};

using RuleId = std::uint32_t;
inline constexpr RuleId no_rule = 0xFFFFFFFFU;

// A rule for people: `https://…/PID#Patient "birth date" (pid.fml:42)`.
struct RulePlace {
    std::string map_url;
    std::string group;
    std::string rule;  // empty if the rule has no name
    std::string file;
    Position position;
};

std::string to_string(const RulePlace& place);

class MapTrace {
public:
    enum class Origin : std::uint8_t { none, value, key, context };

    // Who made the node; no_rule if nobody did (the root).
    RuleId rule(NodeId target) const;

    // What its value was made from, its id hashed from, or the rule stood on (`origin`).
    std::span<const SourceNode> sources(NodeId target) const;

    Origin origin(NodeId target) const;

    // --- while the map runs
    void record(NodeId target, RuleId rule, Origin origin, std::span<const SourceNode> sources);

private:
    struct Entry {
        RuleId rule = no_rule;
        std::uint32_t first = 0;
        std::uint16_t count = 0;
        Origin origin = Origin::none;
    };

    std::vector<Entry> entries_;
    std::vector<SourceNode> sources_;
};

}  // namespace gateway
