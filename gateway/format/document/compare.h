// Whether two subtrees say the same: names, values, kinds and order of repeats; source ranges and
// the order of differently named children do not count (R4 json.html: objects are unordered). Pure.
#pragma once

#include "gateway/format/document/document.h"

namespace gateway {

bool same_content(const Document& left, NodeId left_node, const Document& right, NodeId right_node);

}  // namespace gateway
