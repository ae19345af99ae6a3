#include "gateway/format/hl7v2/escapes.h"

#include <algorithm>
#include <charconv>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr int lines_max = 100;  // \.sp+999999999\ is no layout but an attack

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// \Xhh..\ : bytes of the message's own character set.
bool append_hex(std::string_view digits, CharacterSet set, std::string& out) {
    if (digits.empty() || digits.size() % 2 != 0) {
        return false;
    }
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return false;
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    if (set == CharacterSet::utf8 && is_utf8(bytes)) {
        out += bytes;
        return true;
    }
    const CharacterSet single = set == CharacterSet::utf8 ? CharacterSet::latin_1 : set;
    for (const char byte : bytes) {
        append_as_utf8(out, static_cast<unsigned char>(byte), single);
    }
    return true;
}

// The number of a command such as `.sp+2`; 1 where there is none.
int count_of(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    int count = 1;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return std::clamp(count, 1, lines_max);
}

// Chapter 2.7.6: the formatting commands of FT. False if it is none.
bool append_layout(std::string_view command, std::string& out, DecodeNotes& notes) {
    const std::string name = lower_case(command.substr(0, 3));
    const std::string_view rest = command.substr(std::min<std::size_t>(3, command.size()));
    if (name == ".br" || name == ".ce") {
        out += '\n';
        return true;
    }
    if (name == ".sp") {
        out.append(static_cast<std::size_t>(count_of(rest)), '\n');
        return true;
    }
    if (name == ".sk") {
        out.append(static_cast<std::size_t>(count_of(rest)), ' ');
        return true;
    }
    if (name == ".in" || name == ".ti" || name == ".fi" || name == ".nf") {
        notes.layout_dropped = true;
        return true;
    }
    return false;
}

// `sequence` without the escape characters around it.
bool append_sequence(std::string_view sequence, const Separators& separators, CharacterSet set,
                     std::string& out, DecodeNotes& notes) {
    if (sequence.empty()) {
        return false;
    }
    if (sequence[0] == '.') {
        return append_layout(sequence, out, notes);
    }
    if (sequence[0] == 'X') {
        return append_hex(sequence.substr(1), set, out);
    }
    if (sequence.size() > 1) {
        return false;
    }
    switch (sequence[0]) {
        case 'F':
            out += separators.field;
            return true;
        case 'S':
            out += separators.component;
            return true;
        case 'R':
            out += separators.repetition;
            return true;
        case 'E':
            out += separators.escape;
            return true;
        case 'T':
            out += separators.subcomponent == 0 ? '&' : separators.subcomponent;
            return true;
        case 'P':
            out += separators.truncation == 0 ? '#' : separators.truncation;
            return true;
        case 'H':
        case 'N':
            notes.layout_dropped = true;
            return true;
        default:
            return false;
    }
}

// Chapter 2.7: character set switches (C, M), hexadecimal (X), local (Z).
bool is_known_kind(std::string_view sequence) {
    constexpr std::string_view kinds = "CMXZ";
    return !sequence.empty() && kinds.find(sequence[0]) != std::string_view::npos;
}

void append_plain(std::string_view raw, CharacterSet set, std::string& out) {
    if (set == CharacterSet::utf8) {
        out += raw;
        return;
    }
    for (const char byte : raw) {
        append_as_utf8(out, static_cast<unsigned char>(byte), set);
    }
}

// The letter that stands for a separator in an escape, 0 for any other character.
char escape_letter(char c, const Separators& separators) {
    if (c == separators.field) {
        return 'F';
    }
    if (c == separators.component) {
        return 'S';
    }
    if (c == separators.repetition) {
        return 'R';
    }
    if (c == separators.escape) {
        return 'E';
    }
    if (c == separators.subcomponent) {
        return 'T';
    }
    return c == separators.truncation && c != 0 ? 'P' : '\0';
}

bool needs_escape(char c, const Separators& separators) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || escape_letter(c, separators) != 0;
}

// How much of `text` can be written as it is.
std::size_t plain_size(std::string_view text, const Separators& separators) {
    std::size_t at = 0;
#ifdef __SSE2__
    const __m128i last_control = _mm_set1_epi8(0x1F);
    for (; text.size() - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        __m128i found = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
        for (const char c : {separators.field, separators.component, separators.repetition,
                             separators.escape, separators.subcomponent, separators.truncation}) {
            found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
        }
        if (_mm_movemask_epi8(found) != 0) {
            break;
        }
    }
#endif
    while (at < text.size() && !needs_escape(text[at], separators)) {
        ++at;
    }
    return at;
}

// Writes what stands for the character in front; returns how many characters it stands for.
std::size_t append_escape(std::string& out, std::string_view text, const Separators& separators) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const char escape = separators.escape;
    const char c = text[0];
    const bool carriage_return_line_feed = text.starts_with("\r\n");
    const char letter = escape_letter(c, separators);
    if (escape == 0) {
        out += ' ';  // a message without an escape character cannot say it
    } else if (letter != 0) {
        out.append({escape, letter, escape});
    } else if (c == '\n' || carriage_return_line_feed) {
        out.append({escape, '.', 'b', 'r', escape});
    } else {
        const auto code = static_cast<unsigned char>(c);
        out.append({escape, 'X', digits[code >> 4U], digits[code & 0xFU], escape});
    }
    return carriage_return_line_feed ? 2 : 1;
}

}  // namespace

void decode_value(std::string_view raw, const Separators& separators, CharacterSet set,
                  std::string& out, DecodeNotes& notes) {
    std::size_t at = 0;
    while (separators.escape != 0) {
        const std::size_t begin = raw.find(separators.escape, at);
        if (begin == std::string_view::npos) {
            break;
        }
        append_plain(raw.substr(at, begin - at), set, out);
        const std::size_t end = raw.find(separators.escape, begin + 1);
        if (end == std::string_view::npos) {
            notes.unknown_escape = true;
            at = begin;
            break;
        }
        const std::string_view sequence = raw.substr(begin + 1, end - begin - 1);
        if (append_sequence(sequence, separators, set, out, notes)) {
            at = end + 1;
            continue;
        }
        notes.unknown_escape = true;
        // An escape of a kind we do not resolve is kept whole. Anything else is perhaps a path like
        // C:\letters\new, whose last backslash may begin a real escape.
        at = is_known_kind(sequence) ? end + 1 : end;
        append_plain(raw.substr(begin, at - begin), set, out);
    }
    append_plain(raw.substr(at), set, out);
}

void append_escaped(std::string& out, std::string_view text, const Separators& separators) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t plain = plain_size(text.substr(at), separators);
        out.append(text, at, plain);
        at += plain;
        if (at < text.size()) {
            at += append_escape(out, text.substr(at), separators);
        }
    }
}

}  // namespace gateway
