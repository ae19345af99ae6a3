// Characters of UTF-8 texts: FHIRPath counts characters, not bytes (N1 #string-manipulation).
// Malformed bytes count as one character each. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway {

// The number of characters.
std::size_t utf8_length(std::string_view text);

// The byte at which character `index` starts; the size of the text if it has fewer.
std::size_t utf8_offset(std::string_view text, std::size_t index);

// How many bytes the character at `offset` has.
std::size_t utf8_size_at(std::string_view text, std::size_t offset);

// The code point at `offset`; a malformed byte stands for itself.
std::uint32_t utf8_code_point(std::string_view text, std::size_t offset);

bool is_ascii(std::string_view text);

}  // namespace gateway
