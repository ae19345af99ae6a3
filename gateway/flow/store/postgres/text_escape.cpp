#include "gateway/flow/store/postgres/text_escape.h"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>

namespace gateway::postgres {

namespace {

// U+10FF00 to U+10FFFF as UTF-8: F4 8F (BC to BF) (80 to BF).
constexpr std::string_view mark = "\xF4\x8F";
constexpr std::size_t escape_length = 4;

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

bool is_escape(std::string_view text) {
    return text.size() >= escape_length && text.starts_with(mark) && byte_at(text, 2) >= 0xBC &&
           byte_at(text, 2) <= 0xBF && (byte_at(text, 3) & 0xC0U) == 0x80;
}

// By its first byte; 0 if no character begins with it.
std::size_t length_of_character(std::uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

// How many bytes from the front may be stored as they are: one character, or none.
std::size_t plain_front(std::string_view text) {
    const std::size_t length = length_of_character(byte_at(text, 0));
    const bool is_whole =
        length > 0 && length <= text.size() && simdjson::validate_utf8(text.data(), length);
    return is_whole && text.front() != '\0' && !is_escape(text) ? length : 0;
}

void append_escaped(std::string& to, std::uint8_t byte) {
    to += mark;
    to += static_cast<char>(0xBCU + (byte >> 6U));
    to += static_cast<char>(0x80U | (byte & 0x3FU));
}

}  // namespace

bool is_plain_text(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size()) &&
           text.find('\0') == std::string_view::npos && !may_be_escaped(text);
}

std::string escape_text(std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
        const std::size_t plain = plain_front(text);
        if (plain > 0) {
            escaped += text.substr(0, plain);
            text.remove_prefix(plain);
        } else {
            append_escaped(escaped, byte_at(text, 0));
            text.remove_prefix(1);
        }
    }
    return escaped;
}

bool may_be_escaped(std::string_view stored) {
    return stored.find(mark) != std::string_view::npos;
}

std::string unescape_text(std::string_view stored) {
    std::string text;
    while (!stored.empty()) {
        if (is_escape(stored)) {
            const unsigned high = byte_at(stored, 2) - 0xBCU;
            const unsigned low = byte_at(stored, 3) & 0x3FU;
            text += static_cast<char>((high << 6U) | low);
            stored.remove_prefix(escape_length);
        } else {
            text += stored.front();
            stored.remove_prefix(1);
        }
    }
    return text;
}

}  // namespace gateway::postgres
