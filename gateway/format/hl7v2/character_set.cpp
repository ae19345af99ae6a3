#include "gateway/format/hl7v2/character_set.h"

#include <simdjson.h>

#include <array>

#include "gateway/base/text.h"

namespace gateway {

namespace {

// Bytes 80 to 9F of Windows-1252; the five it leaves free stay what ISO 8859-1 makes of them.
constexpr std::array<char16_t, 32> windows_1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

char16_t latin_9_of(unsigned char byte) {
    switch (byte) {
        case 0xA4:
            return 0x20AC;
        case 0xA6:
            return 0x0160;
        case 0xA8:
            return 0x0161;
        case 0xB4:
            return 0x017D;
        case 0xB8:
            return 0x017E;
        case 0xBC:
            return 0x0152;
        case 0xBD:
            return 0x0153;
        case 0xBE:
            return 0x0178;
        default:
            return byte;
    }
}

// The byte of a character beyond ASCII; 0 if the set has none.
unsigned char byte_of(char16_t code, CharacterSet set) {
    for (unsigned byte = 0xA0; byte <= 0xFF; ++byte) {
        const auto candidate = static_cast<unsigned char>(byte);
        if ((set == CharacterSet::latin_9 ? latin_9_of(candidate) : candidate) == code) {
            return candidate;
        }
    }
    return 0;
}

// The character of two or three bytes that begins at `at`; 0 for longer ones.
char16_t code_at(std::string_view utf8, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(utf8[at + i]));
    };
    if (byte(0) < 0xE0) {
        return static_cast<char16_t>(((byte(0) & 0x1FU) << 6U) | (byte(1) & 0x3FU));
    }
    if (byte(0) < 0xF0) {
        return static_cast<char16_t>(((byte(0) & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) |
                                     (byte(2) & 0x3FU));
    }
    return 0;
}

char16_t unicode_of(unsigned char byte, CharacterSet set) {
    if (byte >= 0x80 && byte <= 0x9F) {
        return windows_1252[byte - 0x80U];
    }
    return set == CharacterSet::latin_9 ? latin_9_of(byte) : byte;
}

}  // namespace

std::optional<CharacterSet> character_set_of(std::string_view name) {
    struct Known {
        std::string_view name;
        CharacterSet set;
    };

    constexpr std::array<Known, 9> known = {{{"ASCII", CharacterSet::utf8},
                                             {"UNICODE UTF-8", CharacterSet::utf8},
                                             {"UTF-8", CharacterSet::utf8},
                                             {"UTF8", CharacterSet::utf8},
                                             {"8859/1", CharacterSet::latin_1},
                                             {"ISO-8859-1", CharacterSet::latin_1},
                                             {"WINDOWS-1252", CharacterSet::latin_1},
                                             {"8859/15", CharacterSet::latin_9},
                                             {"ISO-8859-15", CharacterSet::latin_9}}};
    for (const Known& each : known) {
        if (equal_ignoring_case(name, each.name)) {
            return each.set;
        }
    }
    return std::nullopt;
}

bool is_utf8(std::string_view bytes) {
    return simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::size_t first_not_utf8(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        const std::size_t size = lead < 0x80 ? 1U : lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
        if (at + size > bytes.size() || !is_utf8(bytes.substr(at, size))) {
            break;
        }
        at += size;
    }
    return at;
}

std::optional<std::string> in_single_bytes(std::string_view utf8, CharacterSet set) {
    if (!is_utf8(utf8)) {
        return std::nullopt;
    }
    std::string out;
    out.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        if (static_cast<signed char>(utf8[at]) >= 0) {
            out += utf8[at++];
            continue;
        }
        const char16_t code = code_at(utf8, at);
        const unsigned char byte = byte_of(code, set);
        if (byte == 0) {
            return std::nullopt;
        }
        out += static_cast<char>(byte);
        at += code < 0x800 ? 2U : 3U;
    }
    return out;
}

void append_as_utf8(std::string& out, unsigned char byte, CharacterSet set) {
    const char16_t code = unicode_of(byte, set);
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

}  // namespace gateway
