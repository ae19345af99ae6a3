#include "gateway/format/hl7v2/path.h"

#include <fmt/format.h>

#include <unordered_map>

#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

void append_index(std::string& path, std::uint32_t before) {
    if (before > 0) {
        path += fmt::format("[{}]", before + 1);
    }
}

// `f3` -> `3`.
std::string_view number_of(std::string_view name) {
    return name.substr(1);
}

// Segments of that name before, in the order of the message.
std::uint32_t segments_before(const Document& document, NodeId segment) {
    std::uint32_t count = 0;
    for (NodeId at = next_part(document, document.root()); at != segment && at != no_node;
         at = next_part(document, at)) {
        count += document.name_id(at) == document.name_id(segment) ? 1U : 0U;
    }
    return count;
}

// Repetitions before, those without content included.
std::uint32_t repetitions_before(const Document& document, NodeId field) {
    std::uint32_t count = document.skipped(field);
    for (NodeId at = document.first_child(document.parent(field)); at != field;
         at = document.next(at)) {
        if (document.name_id(at) == document.name_id(field)) {
            count += 1U + document.skipped(at);
        }
    }
    return count;
}

// `before` says how many like a segment, group or field stand before it.
template <typename Before>
std::string path_of(const Document& document, NodeId node, Before before) {
    std::vector<NodeId> way;
    for (NodeId at = node; at != no_node && at != document.root(); at = document.parent(at)) {
        way.push_back(at);
        if (is_segment(document, at)) {
            break;
        }
    }
    std::string path;
    if (way.empty()) {
        return path;
    }
    path += document.name(way.back());
    append_index(path, before(way.back()));
    if (!is_segment(document, way.back())) {
        return path;
    }
    for (std::size_t depth = 1; depth < way.size(); ++depth) {
        const NodeId at = way[way.size() - 1 - depth];
        path += depth == 1 ? '-' : '.';
        path += number_of(document.name(at));
        if (depth == 1) {
            append_index(path, before(at));
        }
    }
    return path;
}

}  // namespace

FieldPaths::FieldPaths(const Document& document)
    : document_(document), before_(document.node_count()) {
    std::unordered_map<NameId, std::uint32_t> counts;
    for (NodeId at = next_part(document, document.root()); at != no_node;
         at = next_part(document, at)) {
        if (is_segment(document, at)) {
            before_[at] = counts[document.name_id(at)]++;
            number_fields(at);
        } else {
            before_[at] = static_cast<std::uint32_t>(document.index_among_same(at));
        }
    }
}

// Repetitions mostly follow each other; a map may have made them otherwise.
void FieldPaths::number_fields(NodeId segment) {
    std::unordered_map<NameId, std::uint32_t> counts;
    NodeId previous = no_node;
    std::uint32_t count = 0;
    for (NodeId at = document_.first_child(segment); at != no_node; at = document_.next(at)) {
        const NameId name = document_.name_id(at);
        if (previous == no_node || document_.name_id(previous) != name) {
            if (previous != no_node) {
                counts[document_.name_id(previous)] = count;
            }
            const auto known = counts.find(name);
            count = known == counts.end() ? 0 : known->second;
        }
        count += document_.skipped(at);
        before_[at] = count++;
        previous = at;
    }
}

std::string FieldPaths::of(NodeId node) const {
    return path_of(document_, node, [this](NodeId at) { return before_[at]; });
}

std::string field_path(const Document& document, NodeId node) {
    return path_of(document, node, [&document](NodeId at) {
        if (is_segment(document, at)) {
            return segments_before(document, at);
        }
        return is_segment(document, document.parent(at))
                   ? repetitions_before(document, at)
                   : static_cast<std::uint32_t>(document.index_among_same(at));
    });
}

}  // namespace gateway
