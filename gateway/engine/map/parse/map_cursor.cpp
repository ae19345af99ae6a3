#include "gateway/engine/map/parse/map_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr std::size_t shown_max = 30;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// UTF-8 of a code point of the basic plane (a \uXXXX escape).
std::string utf8(std::uint32_t code) {
    std::string out;
    if (code < 0x80U) {
        out += static_cast<char>(code);
    } else if (code < 0x800U) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xE0U | (code >> 12U));
        out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (code & 0x3FU));
    }
    return out;
}

}  // namespace

std::uint32_t MapCursor::at() {
    skip_space();
    return static_cast<std::uint32_t>(offset_);
}

bool MapCursor::at_end() {
    skip_space();
    return offset_ >= file_.text.size();
}

bool MapCursor::sees(std::string_view symbol) {
    skip_space();
    return std::string_view{file_.text}.substr(offset_).starts_with(symbol);
}

std::string_view MapCursor::peek_word() {
    skip_space();
    const std::string_view text = file_.text;
    if (offset_ >= text.size() || !is_letter(text[offset_])) {
        return {};
    }
    std::size_t end = offset_;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) {
        ++end;
    }
    return text.substr(offset_, end - offset_);
}

bool MapCursor::sees_word(std::string_view word) {
    return peek_word() == word;
}

bool MapCursor::take(std::string_view symbol) {
    if (!sees(symbol)) {
        return false;
    }
    offset_ += symbol.size();
    return true;
}

bool MapCursor::take_word(std::string_view word) {
    return sees_word(word) && take(word);
}

void MapCursor::need(std::string_view symbol, std::string_view context) {
    if (!take(symbol)) {
        fail_expected(fmt::format("`{}` {}", symbol, context));
    }
}

Word MapCursor::need_name(std::string_view what) {
    Word word{std::string{peek_word()}, at()};
    if (!word.text.empty()) {
        offset_ += word.text.size();
        return word;
    }
    if (!sees("`")) {
        fail_expected(what);
    }
    const std::size_t end = file_.text.find('`', offset_ + 1);
    if (end == std::string::npos || end == offset_ + 1) {
        fail_at(offset_, "a name in backticks needs its closing backtick");
    }
    word.text = file_.text.substr(offset_ + 1, end - offset_ - 1);
    offset_ = end + 1;
    return word;
}

bool MapCursor::sees_string() {
    return sees("'") || sees("\"");
}

std::string MapCursor::need_string(std::string_view what) {
    if (!sees_string()) {
        fail_expected(what);
    }
    if (sees("\"\"\"")) {
        return triple_quoted();
    }
    const std::string& text = file_.text;
    const std::size_t start = offset_;
    const char quote = text[offset_++];
    std::string out;
    while (offset_ < text.size() && text[offset_] != quote) {
        if (text[offset_] == '\\') {
            out += escape_sequence();
        } else {
            out += text[offset_++];
        }
    }
    if (offset_ >= text.size()) {
        fail_at(start, fmt::format("this text has no closing {}", quote));
    }
    ++offset_;
    return out;
}

std::string MapCursor::triple_quoted() {
    const std::size_t start = offset_;
    const std::size_t end = file_.text.find("\"\"\"", offset_ + 3);
    if (end == std::string::npos) {
        fail_at(start, "this text has no closing \"\"\"");
    }
    std::string out = file_.text.substr(start + 3, end - start - 3);
    if (const std::size_t line = out.find('\n'); line != std::string::npos) {
        out.erase(0, line + 1);
    }
    while (!out.empty() && is_blank(out.back())) {
        out.pop_back();
    }
    offset_ = end + 3;
    return out;
}

std::string MapCursor::escape_sequence() {
    const std::string& text = file_.text;
    const std::size_t start = offset_++;
    const char kind = offset_ < text.size() ? text[offset_++] : '\0';
    switch (kind) {
        case 'n':
            return "\n";
        case 'r':
            return "\r";
        case 't':
            return "\t";
        case 'f':
            return "\f";
        case '`':
        case '\'':
        case '"':
        case '\\':
        case '/':
            return {kind};
        case 'u':
            if (offset_ + 4 <= text.size()) {
                std::uint32_t code = 0;
                const char* first = text.data() + offset_;
                if (std::from_chars(first, first + 4, code, 16).ptr == first + 4) {
                    offset_ += 4;
                    return utf8(code);
                }
            }
            [[fallthrough]];
        default:
            fail_at(start, R"(unknown escape; there are \' \" \` \\ \/ \n \r \t \f and \uXXXX)");
    }
}

std::uint32_t MapCursor::need_number(std::string_view what) {
    skip_space();
    std::uint32_t number = 0;
    const char* first = file_.text.data() + offset_;
    const auto read = std::from_chars(first, file_.text.data() + file_.text.size(), number);
    if (read.ec != std::errc{}) {
        fail_expected(what);
    }
    offset_ += static_cast<std::size_t>(read.ptr - first);
    return number;
}

bool MapCursor::take_metadata_mark() {
    return in_head_ && take("///");
}

std::string_view MapCursor::rest_of_line() {
    const std::string_view text = file_.text;
    const std::size_t end = std::min(text.find_first_of("\r\n", offset_), text.size());
    const std::string_view rest = text.substr(offset_, end - offset_);
    offset_ = end;
    return rest;
}

bool MapCursor::line_is_over() {
    const std::string& text = file_.text;
    while (offset_ < text.size() && (text[offset_] == ' ' || text[offset_] == '\t')) {
        ++offset_;
    }
    return offset_ >= text.size() || text[offset_] == '\r' || text[offset_] == '\n';
}

void MapCursor::skip_rule() {
    int depth = 0;
    while (!at_end()) {
        const char c = file_.text[offset_];
        if (c == '}' && depth == 0) {
            return;
        }
        ++offset_;
        if (c == ';' && depth == 0) {
            return;
        }
        if (c == '\'' || c == '"') {
            const std::size_t end =
                file_.text.find_first_of(std::array{c, '\n', '\0'}.data(), offset_);
            offset_ = end == std::string::npos ? file_.text.size() : end + 1;
        }
        depth += static_cast<int>(c == '{') - static_cast<int>(c == '}');
    }
}

void MapCursor::skip_declaration() {
    constexpr std::array<std::string_view, 6> words = {"group", "uses",       "imports",
                                                       "let",   "conceptmap", "map"};
    while (!at_end()) {
        const bool starts_line = offset_ == 0 || file_.text[offset_ - 1] == '\n';
        if (starts_line && std::ranges::find(words, peek_word()) != words.end()) {
            return;
        }
        rest_of_line();
    }
}

void MapCursor::fail_expected(std::string_view what) {
    skip_space();
    fail_at(offset_, fmt::format("expected {}, found {}", what, found()));
}

void MapCursor::fail_at(std::size_t offset, std::string text) {
    Issue issue;
    issue.code = "structure";
    issue.text = text;
    issue.source = file_.name;
    issue.position = position_at(file_.text, offset);
    Issues issues;
    issues.add(std::move(issue));
    throw Failure(Category::invalid, std::move(text), {}, std::move(issues));
}

std::string MapCursor::found() const {
    const std::string_view rest = std::string_view{file_.text}.substr(offset_);
    if (rest.empty()) {
        return "the end of the file";
    }
    std::size_t end = 1;
    if (is_letter(rest[0]) || is_digit(rest[0])) {
        while (end < rest.size() && (is_letter(rest[end]) || is_digit(rest[end]))) {
            ++end;
        }
    }
    return fmt::format("`{}`", rest.substr(0, std::min(end, shown_max)));
}

void MapCursor::skip_space() {
    while (offset_ < file_.text.size()) {
        if (is_blank(file_.text[offset_])) {
            ++offset_;
        } else if (!skip_comment()) {
            return;
        }
    }
}

bool MapCursor::skip_comment() {
    const std::string_view rest = std::string_view{file_.text}.substr(offset_);
    if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        offset_ = end == std::string_view::npos ? file_.text.size() : offset_ + end + 2;
        return true;
    }
    if (!rest.starts_with("//") || (in_head_ && rest.starts_with("///"))) {
        return false;
    }
    rest_of_line();
    return true;
}

}  // namespace gateway
