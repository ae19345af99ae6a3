#include "gateway/format/hl7v2/segments.h"

namespace gateway {

namespace {

constexpr std::size_t segment_name_size = 3;

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool may_follow(char c) {
    return is_upper(c) || (c >= '0' && c <= '9');
}

}  // namespace

bool is_segment_name(std::string_view name) {
    return name.size() == segment_name_size && is_upper(name[0]) && may_follow(name[1]) &&
           may_follow(name[2]);
}

bool is_segment(const Document& document, NodeId node) {
    return is_segment_name(document.name(node));
}

NodeId next_part(const Document& document, NodeId part) {
    if (!is_segment(document, part) && document.has_children(part)) {
        return document.first_child(part);
    }
    while (part != document.root()) {
        if (const NodeId next = document.next(part); next != no_node) {
            return next;
        }
        part = document.parent(part);
    }
    return no_node;
}

std::vector<NodeId> segments(const Document& document) {
    std::vector<NodeId> found;
    for (NodeId at = next_part(document, document.root()); at != no_node;
         at = next_part(document, at)) {
        if (is_segment(document, at)) {
            found.push_back(at);
        }
    }
    return found;
}

}  // namespace gateway
