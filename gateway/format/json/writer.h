// Document -> JSON text, without a schema: siblings of one name become one member, an array where
// one of them is marked `repeats` or there are several (they need not stand together); children of
// a primitive become its `_name` (R4 json.html#primitive). A primitive without a value must be of
// ValueKind::null, or it is taken for an object. `resourceType` comes first, other members in their
// order. Number texts are written as they are. Nodes that would be an empty object are left out.
// UTF-8, nothing escaped that need not be. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/format/document/document.h"

namespace gateway {

enum class JsonStyle {
    compact,
    pretty,  // two spaces, one member a line
};

// The node as a JSON object; of a primitive, its value.
std::string write_json(const Document& document, NodeId node = 0,
                       JsonStyle style = JsonStyle::compact);

// A JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace gateway
