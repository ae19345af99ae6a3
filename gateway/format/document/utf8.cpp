#include "gateway/format/document/utf8.h"

#include <simdjson.h>

#include <array>

namespace gateway {

std::optional<std::size_t> utf8_fault(std::string_view bytes) {
    if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
        return std::nullopt;
    }
    // Character by character: only for a text that is known to be at fault.
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        const std::size_t size = lead < 0x80 ? 1U : lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
        if (at + size > bytes.size() || !simdjson::validate_utf8(bytes.data() + at, size)) {
            break;
        }
        at += size;
    }
    return at;
}

void append_utf8(std::string& out, std::uint32_t character) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (character < 0x80) {
        byte(character);
        return;
    }
    const std::uint32_t tails = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    constexpr std::array<std::uint32_t, 4> leads = {0, 0xC0, 0xE0, 0xF0};
    byte(leads[tails] | (character >> (6 * tails)));
    for (std::uint32_t tail = tails; tail-- > 0;) {
        byte(0x80U | ((character >> (6 * tail)) & 0x3FU));
    }
}

}  // namespace gateway
