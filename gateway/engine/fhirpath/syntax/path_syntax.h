// The tree of an expression as written, before any name is resolved. Nodes stand in one list, a
// node after its children, and refer to each other by index. Immutable once parsed.
// Grammar: https://hl7.org/fhirpath/N1/grammar.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/failure.h"
#include "gateway/base/issue.h"

namespace gateway {

enum class SyntaxKind : std::uint8_t {
    empty,  // {}
    boolean,
    string,
    integer,
    long_integer,
    decimal,
    date,
    date_time,
    time,
    quantity,    // text: the number; unit: its unit
    constant,    // %text
    this_item,   // $this
    this_index,  // $index
    total,       // $total
    member,      // [target.]text
    function,    // [target.]text(arguments)
    indexer,     // target[argument]
    polarity,    // text: "+" or "-"
    binary,      // text: the operator
    type_test,   // operand is unit / operand as unit; text: "is" or "as"
};

using SyntaxId = std::uint32_t;
inline constexpr SyntaxId no_syntax = 0xFFFFFFFFU;

struct SyntaxNode {
    SyntaxKind kind = SyntaxKind::empty;
    bool calendar = false;     // a quantity's unit is a word of the calendar
    bool descending = false;   // a key of sort()
    std::uint32_t offset = 0;  // in PathSyntax::source
    std::uint32_t begin = 0;   // what it spans there, brackets around it included
    std::uint32_t end = 0;
    std::uint32_t depth = 1;
    std::string text;
    std::string unit;
    SyntaxId target = no_syntax;        // what a member, function or indexer is applied to
    std::vector<SyntaxId> arguments{};  // operands, arguments
};

struct PathSyntax {
    std::string source;   // the expression alone
    Position start;       // of `source` in the text that it was read from
    std::size_t end = 0;  // the first byte after it, in that text
    std::vector<SyntaxNode> nodes;
    SyntaxId root = no_syntax;

    const SyntaxNode& operator[](SyntaxId id) const { return nodes[id]; }
};

// Where byte `offset` of the expression stands in the text that it was read from.
Position position_in_text(const std::string& source, Position start, std::size_t offset);

// A Failure with one Issue at that place, the expression and a caret in the internal text.
Failure path_failure(Category category, std::string text, const std::string& source, Position start,
                     std::size_t offset);

}  // namespace gateway
