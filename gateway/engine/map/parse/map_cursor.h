// The reading head over a mapping file: white space, comments, words, symbols and strings. A fault
// is thrown as Failure(invalid) with one Issue; the parser catches it in one place and goes on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/issue.h"
#include "gateway/engine/map/syntax.h"

namespace gateway {

class MapCursor {
public:
    explicit MapCursor(const MapFile& file) : file_(file) {}

    const MapFile& file() const { return file_; }

    // Where the next token starts: behind white space and comments.
    std::uint32_t at();

    void move_to(std::size_t offset) { offset_ = offset; }

    bool at_end();

    // Does the rest start with this symbol?
    bool sees(std::string_view symbol);

    // The same as a whole word: `as` but not `asserted`.
    bool sees_word(std::string_view word);

    // The next word, without taking it; empty if a symbol is next.
    std::string_view peek_word();

    bool take(std::string_view symbol);
    bool take_word(std::string_view word);

    // Takes it or reports what was expected: "`;` after the rule".
    void need(std::string_view symbol, std::string_view context);

    // An identifier: a word, or anything between backticks.
    Word need_name(std::string_view what);

    bool sees_string();

    // '…' or "…" with FHIRPath's escapes, or """…""".
    std::string need_string(std::string_view what);

    std::uint32_t need_number(std::string_view what);

    // At the start of the file, `/// ` is metadata; later it is a comment.
    bool take_metadata_mark();

    void end_metadata() { in_head_ = false; }

    // The rest of the line, taken.
    std::string_view rest_of_line();
    bool line_is_over();

    // Goes behind the next `;` of this block, or before its `}`.
    void skip_rule();

    // Goes to the next of the words that start a declaration, at the start of a line.
    void skip_declaration();

    [[noreturn]] void fail_expected(std::string_view what);
    [[noreturn]] void fail_at(std::size_t offset, std::string text);

private:
    void skip_space();
    bool skip_comment();
    std::string escape_sequence();
    std::string found() const;
    std::string triple_quoted();

    const MapFile& file_;
    std::size_t offset_ = 0;
    bool in_head_ = true;
};

}  // namespace gateway
