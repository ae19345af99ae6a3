#include "gateway/engine/fhirpath/syntax/path_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/fhirpath/system/utf8.h"
#include "gateway/format/document/utf8.h"

namespace gateway {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_word(char c) {
    return starts_word(c) || is_digit(c);
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Longest first, so that a prefix does not win. `->` ends an expression inside FML.
constexpr std::array<std::string_view, 24> symbols{"<=", ">=", "!=", "!~", "(", ")", "[", "]",
                                                   "{",  "}",  ".",  ",",  "+", "-", "*", "/",
                                                   "&",  "|",  "<",  ">",  "=", "~", ";", ":"};

}  // namespace

PathToken PathLexer::next() {
    skip_space();
    const char c = peek();
    if (position_ >= text_.size()) {
        return token(PathTokenKind::end, position_);
    }
    if (starts_word(c)) {
        return word();
    }
    if (is_digit(c)) {
        return number();
    }
    if (c == '\'') {
        return quoted('\'', PathTokenKind::string);
    }
    if (c == '`') {
        return quoted('`', PathTokenKind::delimited);
    }
    if (c == '"' && quotes_ == PathQuotes::single_or_double) {
        return quoted('"', PathTokenKind::string);
    }
    if (c == '@') {
        return temporal();
    }
    if (c == '%') {
        return constant();
    }
    if (c == '$') {
        return variable();
    }
    return symbol();
}

void PathLexer::fail(std::size_t offset, std::string message) const {
    const std::string source(text_.substr(start_));
    throw path_failure(Category::invalid, std::move(message), source, position_at(text_, start_),
                       offset - start_);
}

void PathLexer::skip_space() {
    while (position_ < text_.size()) {
        if (is_space(peek())) {
            ++position_;
        } else if (peek() == '/' && peek(1) == '/') {
            position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
        } else if (peek() == '/' && peek(1) == '*') {
            const std::size_t close = text_.find("*/", position_ + 2);
            if (close == std::string_view::npos) {
                fail(position_, "this comment is not closed: add */");
            }
            position_ = close + 2;
        } else {
            return;
        }
    }
}

PathToken PathLexer::word() {
    const std::size_t from = position_;
    while (continues_word(peek())) {
        ++position_;
    }
    return token(PathTokenKind::identifier, from);
}

PathToken PathLexer::number() {
    const std::size_t from = position_;
    take_digits();
    if (peek() == 'L' && !continues_word(peek(1))) {
        PathToken result = token(PathTokenKind::long_integer, from);
        ++position_;
        result.end = position_;
        return result;
    }
    if (peek() != '.' || !is_digit(peek(1))) {
        return token(PathTokenKind::integer, from);
    }
    ++position_;
    take_digits();
    return token(PathTokenKind::decimal, from);
}

PathToken PathLexer::quoted(char quote, PathTokenKind kind) {
    const std::size_t from = position_++;
    std::string decoded;
    while (peek() != quote) {
        if (position_ >= text_.size()) {
            fail(from, std::string("this text is not closed: add ") + quote);
        }
        if (peek() == '\\') {
            escape(decoded);
        } else {
            decoded.push_back(text_[position_++]);
        }
    }
    ++position_;
    PathToken result = token(kind, from);
    result.text = std::move(decoded);
    return result;
}

void PathLexer::escape(std::string& decoded) {
    static constexpr std::string_view letters = "`'\"\\/fnrt";
    static constexpr std::string_view meanings = "`'\"\\/\f\n\r\t";
    const char c = peek(1);
    if (const std::size_t index = letters.find(c); index != std::string_view::npos && c != '\0') {
        decoded.push_back(meanings[index]);
        position_ += 2;
        return;
    }
    std::uint32_t unit = 0;
    const auto read_unit = [&](std::size_t at) {
        if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') {
            return false;
        }
        const char* digits = text_.data() + at + 2;
        return std::from_chars(digits, digits + 4, unit, 16).ptr == digits + 4;
    };
    if (!read_unit(position_)) {
        fail(position_,
             "unknown escape: write one of \\' \\` \\\" \\\\ \\/ \\f \\n \\r \\t \\uXXXX");
    }
    std::uint32_t code_point = unit;
    position_ += 6;
    if (unit >= 0xD800 && unit < 0xDC00 && read_unit(position_) && unit >= 0xDC00 &&
        unit < 0xE000) {
        code_point = 0x10000 + ((code_point - 0xD800) << 10U) + (unit - 0xDC00);
        position_ += 6;
    }
    append_utf8(decoded, code_point);
}

// @2015(-02(-04)?)?(T(14(:34(:28(.123)?)?)?(Z|+10:00)?)?)? or @T14…
PathToken PathLexer::temporal() {
    const std::size_t from = position_++;
    PathTokenKind kind = PathTokenKind::date;
    if (peek() == 'T') {
        ++position_;
        take_time_of_day();
        kind = PathTokenKind::time;
    } else {
        take_digits();
        for (int part = 0; part < 2 && peek() == '-' && is_digit(peek(1)); ++part) {
            ++position_;
            take_digits();
        }
        if (peek() == 'T') {
            ++position_;
            kind = PathTokenKind::date_time;
            take_time_of_day();
            if (peek() == 'Z') {
                ++position_;
            } else if ((peek() == '+' || peek() == '-') && is_digit(peek(1)) && is_digit(peek(2)) &&
                       peek(3) == ':') {
                position_ += 4;
                take_digits();
            }
        }
    }
    PathToken result = token(kind, from);
    result.text.erase(0, 1);
    return result;
}

void PathLexer::take_time_of_day() {
    take_digits();
    for (int part = 0; part < 2 && peek() == ':' && is_digit(peek(1)); ++part) {
        ++position_;
        take_digits();
    }
    if (peek() == '.' && is_digit(peek(1))) {
        ++position_;
        take_digits();
    }
}

PathToken PathLexer::constant() {
    const std::size_t from = position_++;
    PathToken name;
    if (peek() == '`' || peek() == '\'') {
        name = quoted(peek(), PathTokenKind::constant);
    } else if (starts_word(peek())) {
        name = word();
    } else {
        fail(from, "a name must follow %");
    }
    name.kind = PathTokenKind::constant;
    name.offset = from;
    return name;
}

PathToken PathLexer::variable() {
    const std::size_t from = position_++;
    while (continues_word(peek())) {
        ++position_;
    }
    PathToken result = token(PathTokenKind::variable, from);
    if (result.text != "$this" && result.text != "$index" && result.text != "$total") {
        fail(from, "unknown variable '" + result.text + "': there are $this, $index and $total");
    }
    return result;
}

PathToken PathLexer::symbol() {
    const std::size_t from = position_;
    const std::string_view rest = text_.substr(from);
    if (rest.starts_with("->")) {
        return token(PathTokenKind::end, from);
    }
    for (const std::string_view symbol : symbols) {
        if (!rest.starts_with(symbol)) {
            continue;
        }
        position_ += symbol.size();
        return token(PathTokenKind::symbol, from);
    }
    // It belongs to the embedding language, or is a fault that the parser reports.
    PathToken foreign = token(PathTokenKind::end, from);
    foreign.text = rest.substr(0, utf8_size_at(rest, 0));
    return foreign;
}

void PathLexer::take_digits() {
    while (is_digit(peek())) {
        ++position_;
    }
}

char PathLexer::peek(std::size_t ahead) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

PathToken PathLexer::token(PathTokenKind kind, std::size_t from) const {
    return {kind, from, position_, std::string(text_.substr(from, position_ - from))};
}

}  // namespace gateway
