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
    std::vector<NodeId> way;
    for (NodeId at = node; at != no_node && at != document_.root(); at = document_.parent(at)) {
        way.push_back(at);
        if (is_segment(document_, at)) {
            break;
        }
    }
    std::string path;
    if (way.empty()) {
        return path;
    }
    path += document_.name(way.back());
    append_index(path, before_[way.back()]);
    if (!is_segment(document_, way.back())) {
        return path;
    }
    for (std::size_t depth = 1; depth < way.size(); ++depth) {
        const NodeId at = way[way.size() - 1 - depth];
        path += depth == 1 ? '-' : '.';
        path += number_of(document_.name(at));
        if (depth == 1) {
            append_index(path, before_[at]);
        }
    }
    return path;
}

std::string field_path(const Document& document, NodeId node) {
    return FieldPaths(document).of(node);
}

}  // namespace gateway
