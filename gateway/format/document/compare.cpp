#include "gateway/format/document/compare.h"

namespace gateway {

namespace {

std::size_t child_count(const Document& document, NodeId node) {
    std::size_t count = 0;
    for (NodeId at = document.first_child(node); at != no_node; at = document.next(at)) {
        ++count;
    }
    return count;
}

// The child of `other` that stands where `child` stands: same name, same place among its siblings.
NodeId twin_of(const Document& document, NodeId child, const Document& other, NodeId other_parent) {
    const auto twins = other.children(other_parent, document.name(child));
    const std::size_t index = document.index_among_same(child);
    return index < twins.size() ? twins[index] : no_node;
}

}  // namespace

bool same_content(const Document& left, NodeId left_node, const Document& right,
                  NodeId right_node) {
    if (left.kind(left_node) != right.kind(right_node) ||
        left.value(left_node) != right.value(right_node) ||
        child_count(left, left_node) != child_count(right, right_node)) {
        return false;
    }
    // Depth is bounded by the readers' nesting limit.
    for (NodeId at = left.first_child(left_node); at != no_node; at = left.next(at)) {
        const NodeId twin = twin_of(left, at, right, right_node);
        if (twin == no_node || !same_content(left, at, right, twin)) {
            return false;
        }
    }
    return true;
}

}  // namespace gateway
