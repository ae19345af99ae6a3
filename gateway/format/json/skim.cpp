#include "gateway/format/json/skim.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace gateway {

namespace {

constexpr std::string_view space = " \t\r\n";

std::optional<std::uint32_t> hex4(std::string_view digits) {
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return digits.size() == 4 && error == std::errc{} && end == digits.data() + digits.size()
               ? std::optional(value)
               : std::nullopt;
}

void put_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80U) {
        put(code);
    } else if (code < 0x800U) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000U) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

char plain_escape(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case 'r':
            return '\r';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        default:
            return c;
    }
}

// Of \uXXXX at `at`, which is moved behind it; a pair of surrogates is one character.
std::uint32_t unicode_escape(std::string_view raw, std::size_t& at) {
    constexpr std::uint32_t replacement = 0xFFFD;
    const auto first = hex4(raw.substr(std::min(at + 2, raw.size()), 4));
    at = std::min(at + 6, raw.size());
    if (!first) {
        return replacement;
    }
    if (*first < 0xD800U || *first > 0xDFFFU) {
        return *first;
    }
    if (*first < 0xDC00U && raw.substr(at, 2) == "\\u") {
        const auto second = hex4(raw.substr(at + 2, 4));
        if (second && *second >= 0xDC00U && *second <= 0xDFFFU) {
            at += 6;
            return 0x10000U + ((*first - 0xD800U) << 10U) + (*second - 0xDC00U);
        }
    }
    return replacement;
}

}  // namespace

void JsonSkim::fail() {
    failed_ = true;
    at_ = text_.size();
}

void JsonSkim::skip_space() {
    at_ = std::min(text_.find_first_not_of(space, at_), text_.size());
}

bool JsonSkim::enter(char bracket) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != bracket) {
        return false;
    }
    ++at_;
    return true;
}

// Whether something stands before the end of what was entered.
bool JsonSkim::next_before(char end) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        skip_space();
    }
    if (at_ >= text_.size()) {
        fail();
        return false;
    }
    if (text_[at_] == end) {
        ++at_;
        return false;
    }
    return true;
}

std::optional<std::string> JsonSkim::next_member() {
    if (!next_before('}')) {
        return std::nullopt;
    }
    if (text_[at_] != '"') {
        fail();
        return std::nullopt;
    }
    auto name = string();
    skip_space();
    if (failed_ || at_ >= text_.size() || text_[at_] != ':') {
        fail();
        return std::nullopt;
    }
    ++at_;
    return name;
}

bool JsonSkim::next_element() {
    return next_before(']');
}

std::optional<std::string> JsonSkim::string() {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != '"') {
        skip();
        return std::nullopt;
    }
    const std::size_t begin = at_ + 1;
    skip_string();
    if (failed_) {
        return std::nullopt;
    }
    return unescaped(text_.substr(begin, at_ - 1 - begin));
}

std::string JsonSkim::unescaped(std::string_view raw) const {
    std::string out;
    for (std::size_t at = 0; at < raw.size();) {
        const std::size_t escape = std::min(raw.find('\\', at), raw.size());
        out += raw.substr(at, escape - at);
        at = escape;
        if (at + 1 >= raw.size()) {
            break;
        }
        if (raw[at + 1] == 'u') {
            put_utf8(out, unicode_escape(raw, at));
        } else {
            out += plain_escape(raw[at + 1]);
            at += 2;
        }
    }
    return out;
}

// From its first quote to behind its last.
void JsonSkim::skip_string() {
    const std::size_t begin = at_ + 1;
    std::size_t end = text_.find('"', begin);
    while (end != std::string_view::npos) {
        std::size_t slashes = 0;
        while (end - slashes > begin && text_[end - slashes - 1] == '\\') {
            ++slashes;
        }
        if (slashes % 2 == 0) {
            at_ = end + 1;
            return;
        }
        end = text_.find('"', end + 1);
    }
    fail();
}

void JsonSkim::skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '"') {
            skip_string();
            continue;
        }
        ++at_;
        if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return;
        }
    }
    fail();
}

void JsonSkim::skip() {
    skip_space();
    if (at_ >= text_.size()) {
        fail();
        return;
    }
    const char c = text_[at_];
    if (c == '"') {
        skip_string();
    } else if (c == '{' || c == '[') {
        skip_nested();
    } else {
        const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        end == at_ ? fail() : go_back(end);
    }
}

}  // namespace gateway
