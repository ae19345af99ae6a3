#include "gateway/format/hl7v2/path.h"

#include <fmt/format.h>

#include <vector>

#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

// How many segments of that name stand before, in the order of the message.
std::size_t segments_before(const Document& document, NodeId segment) {
    std::size_t count = 0;
    for (const NodeId each : segments(document)) {
        if (each == segment) {
            break;
        }
        count += static_cast<std::size_t>(document.name_id(each) == document.name_id(segment));
    }
    return count;
}

// Repetitions before this one, those without content included.
std::size_t repetitions_before(const Document& document, NodeId field) {
    std::size_t count = document.skipped(field);
    for (NodeId at = document.first_child(document.parent(field)); at != field;
         at = document.next(at)) {
        if (document.name_id(at) == document.name_id(field)) {
            count += 1U + document.skipped(at);
        }
    }
    return count;
}

void append_index(std::string& path, std::size_t before) {
    if (before > 0) {
        path += fmt::format("[{}]", before + 1);
    }
}

// `f3` -> `3`.
std::string_view number_of(std::string_view name) {
    return name.substr(1);
}

}  // namespace

std::string field_path(const Document& document, NodeId node) {
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
    const NodeId top = way.back();
    path += document.name(top);
    append_index(path, is_segment(document, top) ? segments_before(document, top)
                                                 : document.index_among_same(top));
    for (std::size_t depth = 1; depth < way.size(); ++depth) {
        const NodeId at = way[way.size() - 1 - depth];
        path += depth == 1 ? '-' : '.';
        path += number_of(document.name(at));
        if (depth == 1) {
            append_index(path, repetitions_before(document, at));
        }
    }
    return path;
}

}  // namespace gateway
