// OpenSSL speaks unsigned char, our texts are char; the two types may alias. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

inline const unsigned char* as_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(
        text.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

// To be written to, from `offset` on.
inline unsigned char* as_bytes(std::string& text, std::size_t offset) {
    return reinterpret_cast<unsigned char*>(
        text.data() + offset);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

}  // namespace gateway
