#include "gateway/engine/map/map_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace gateway {

namespace {

constexpr std::size_t searched_max = 32;

}  // namespace

std::string to_string(const RulePlace& place) {
    return fmt::format("{}#{}{}{}{} ({}:{})", place.map_url, place.group,
                       place.rule.empty() ? "" : " \"", place.rule, place.rule.empty() ? "" : "\"",
                       place.file, place.position.line);
}

RuleId MapTrace::rule(NodeId target) const {
    return target < entries_.size() ? entries_[target].rule : no_rule;
}

MapTrace::Origin MapTrace::origin(NodeId target) const {
    return target < entries_.size() ? entries_[target].origin : Origin::none;
}

std::span<const SourceNode> MapTrace::sources(NodeId target) const {
    if (target >= entries_.size()) {
        return {};
    }
    const Entry& entry = entries_[target];
    return {sources_.data() + entry.first, entry.count};
}

void MapTrace::record(NodeId target, RuleId rule, Origin origin,
                      std::span<const SourceNode> sources) {
    if (target >= entries_.size()) {
        entries_.resize(std::max<std::size_t>(target + 1, entries_.size() * 2));
    }
    Entry& entry = entries_[target];
    entry.rule = rule;
    entry.origin = origin;
    entry.first = static_cast<std::uint32_t>(sources_.size());
    for (const SourceNode& source : sources) {
        // Few in all but the strangest maps; a long list must not cost its square.
        const auto made = sources_.begin() + entry.first;
        const bool search = sources_.size() - entry.first < searched_max;
        if (!search || std::find(made, sources_.end(), source) == sources_.end()) {
            sources_.push_back(source);
        }
    }
    entry.count = static_cast<std::uint16_t>(std::min<std::size_t>(
        sources_.size() - entry.first, std::numeric_limits<std::uint16_t>::max()));
}

}  // namespace gateway
