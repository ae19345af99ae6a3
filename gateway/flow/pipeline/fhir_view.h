// Small questions about a Bundle. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/format/document/document.h"

namespace gateway {

// The `resource` nodes of a Bundle's entries, in order.
std::vector<NodeId> resources_of(const Document& bundle);

// The first of a type, or no_node.
NodeId resource_of_type(const Document& bundle, std::string_view type);

// Appends an element with a string value.
NodeId put_text(Document& document, NodeId parent, std::string_view name, std::string_view value);

}  // namespace gateway
