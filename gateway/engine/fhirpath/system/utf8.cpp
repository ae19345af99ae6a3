#include "gateway/engine/fhirpath/system/utf8.h"

#include <algorithm>

namespace gateway {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t offset) {
    return static_cast<std::uint8_t>(text[offset]);
}

std::size_t announced_size(std::uint8_t lead) {
    if (lead < 0xC2) {
        return 1;
    }
    if (lead < 0xE0) {
        return 2;
    }
    if (lead < 0xF0) {
        return 3;
    }
    return lead < 0xF5 ? 4 : 1;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < text.size(); offset += utf8_size_at(text, offset)) {
        ++count;
    }
    return count;
}

std::size_t utf8_offset(std::string_view text, std::size_t index) {
    std::size_t offset = 0;
    for (; index > 0 && offset < text.size(); --index) {
        offset += utf8_size_at(text, offset);
    }
    return offset;
}

std::size_t utf8_size_at(std::string_view text, std::size_t offset) {
    const std::size_t size = announced_size(byte_at(text, offset));
    if (offset + size > text.size()) {
        return 1;
    }
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte_at(text, offset + index) & 0xC0U) != 0x80U) {
            return 1;
        }
    }
    return size;
}

std::uint32_t utf8_code_point(std::string_view text, std::size_t offset) {
    const std::size_t size = utf8_size_at(text, offset);
    const std::uint32_t lead = byte_at(text, offset);
    if (size == 1) {
        return lead;
    }
    std::uint32_t code_point = lead & (0xFFU >> (size + 1));
    for (std::size_t index = 1; index < size; ++index) {
        code_point = (code_point << 6U) | (byte_at(text, offset + index) & 0x3FU);
    }
    return code_point;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace gateway
