// FHIRPath's tokens (N1 grammar.html), read one at a time from a text that may go on after the
// expression. Throws Failure(invalid) at a character that starts no token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/engine/fhirpath/program.h"

namespace gateway {

enum class PathTokenKind : std::uint8_t {
    end,         // of the text, or something that belongs to the embedding language
    identifier,  // a plain word, keywords too
    delimited,   // `word`
    string,
    integer,
    long_integer,
    decimal,
    date,
    date_time,
    time,
    constant,  // %name, %`name`, %'name'
    variable,  // $this, $index, $total
    symbol,    // operators and brackets
};

struct PathToken {
    PathTokenKind kind = PathTokenKind::end;
    std::size_t offset = 0;
    std::size_t end = 0;
    std::string text;  // decoded; a date without `@`, a constant without `%`

    bool is_symbol(std::string_view symbol) const {
        return kind == PathTokenKind::symbol && text == symbol;
    }

    bool is_word(std::string_view word) const {
        return kind == PathTokenKind::identifier && text == word;
    }
};

class PathLexer {
public:
    PathLexer(std::string_view text, std::size_t offset, PathQuotes quotes)
        : text_(text), position_(offset), start_(offset), quotes_(quotes) {}

    // The next token; space and comments before it are skipped.
    PathToken next();

    [[noreturn]] void fail(std::size_t offset, std::string message) const;

private:
    void skip_space();
    PathToken word();
    PathToken number();
    PathToken quoted(char quote, PathTokenKind kind);
    PathToken temporal();
    PathToken constant();
    PathToken variable();
    PathToken symbol();
    void escape(std::string& decoded);
    void take_digits();
    void take_time_of_day();
    char peek(std::size_t ahead = 0) const;
    PathToken token(PathTokenKind kind, std::size_t from) const;

    std::string_view text_;
    std::size_t position_;
    std::size_t start_;
    PathQuotes quotes_;
};

}  // namespace gateway
