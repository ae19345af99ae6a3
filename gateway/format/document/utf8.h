// UTF-8: is it, at memory speed (the place of a fault is looked for only where there is one), and a
// character as its bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// The first byte that is no UTF-8; nothing if all are.
std::optional<std::size_t> utf8_fault(std::string_view bytes);

// `character` is a Unicode scalar value.
void append_utf8(std::string& out, std::uint32_t character);

}  // namespace gateway
