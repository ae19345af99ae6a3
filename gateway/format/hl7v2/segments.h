// Walks the segments of a message in their order, whether they stand flat or in groups. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/format/document/document.h"

namespace gateway {

// A segment has a name of three characters, a group a longer one: chapter 2.5.2.
bool is_segment_name(std::string_view name);
bool is_segment(const Document& document, NodeId node);

// The next segment or group behind `part` (or below the root, to begin with), groups before what
// they hold; no_node at the end.
NodeId next_part(const Document& document, NodeId part);

std::vector<NodeId> segments(const Document& document);

}  // namespace gateway
