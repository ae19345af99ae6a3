// The character set of one message (MSH-18, HL7 table 0211) and its way into UTF-8.
// https://www.hl7.eu/HL7v2x/v282/std282/ch02.html (2.14.9.18)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class CharacterSet {
    utf8,
    latin_1,  // ISO 8859-1; bytes 80-9F, which it leaves to controls, as Windows-1252 has them
    latin_9,  // ISO 8859-15
};

// By the name of table 0211 ("UNICODE UTF-8", "8859/1", "ASCII", …); nothing if it is not one that
// this gateway reads. ASCII is read as UTF-8, which contains it.
std::optional<CharacterSet> character_set_of(std::string_view name);

bool is_utf8(std::string_view bytes);

// The offset of the first byte that is not UTF-8, or the size of `bytes`.
std::size_t first_not_utf8(std::string_view bytes);

// UTF-8 in a single-byte set; nothing if a character is not in it (bytes 80-9F are never used).
std::optional<std::string> in_single_bytes(std::string_view utf8, CharacterSet set);

// Appends one byte of a single-byte set as UTF-8.
void append_as_utf8(std::string& out, unsigned char byte, CharacterSet set);

}  // namespace gateway
