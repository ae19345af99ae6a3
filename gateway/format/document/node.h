// What one node of a document is made of; document.h says what the nodes mean together.
#pragma once

#include <cstdint>

#include "gateway/format/document/name_table.h"

namespace gateway {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = 0xFFFFFFFFU;

enum class ValueKind : std::uint8_t {
    none,     // an object, or a primitive with extensions only
    string,   // a JSON string, a v2 field, an XML attribute
    number,   // the text of a JSON number, unchanged
    boolean,  // "true" or "false"
    null,     // a primitive without a value: a JSON null in an array, `_name` alone; v2's `""`
};

struct SourceRange {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;

    bool operator==(const SourceRange&) const = default;
};

// The pieces are 40 bytes together: a 6 kB referral is some 400 nodes, a 100 MB Bundle some
// millions.
struct Node {
    const char* text = nullptr;
    std::uint32_t text_size = 0;
    NameId name = 0;
    NodeId parent = no_node;
    NodeId last_child = no_node;  // its `next` is the first child
    NodeId next = no_node;        // the next sibling; of the last sibling, the first
    SourceRange source;
    ValueKind kind = ValueKind::none;
    bool repeats = false;
    bool self_first = false;
    std::uint8_t skipped = 0;
};

static_assert(sizeof(Node) == 40);

}  // namespace gateway
