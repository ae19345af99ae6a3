// Attribute values between their two spellings: XML's with entities, and the text itself. Pure.
// Spec: XML 1.0 §2.2 (characters), §3.3.3 (attribute values), §4.6 (predefined entities).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// The first byte of a character that XML 1.0 cannot hold, not even as a reference: controls other
// than tab, line feed and carriage return, U+FFFE and U+FFFF. `text` must be UTF-8.
std::optional<std::size_t> xml_character_fault(std::string_view text);

// Escapes a text for an attribute in double quotes. White space that a reader would change becomes
// a character reference: tabs and line ends anywhere, spaces at the ends.
void append_xml_attribute(std::string& out, std::string_view text);

// Whether `raw` is its own text: nothing to decode.
bool is_plain_xml(std::string_view raw);

// The text of an attribute value that an XML parser has found well-formed and that has no entities
// of its own: references decoded, line ends and tabs as spaces.
std::string decode_xml_attribute(std::string_view raw);

}  // namespace gateway
