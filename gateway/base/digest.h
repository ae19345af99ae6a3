// Digests, keyed hashes and their text forms; OpenSSL's EVP behind plain functions. Thread-safe.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// Of several parts as if they stood one behind the other.
Sha256 sha256(std::initializer_list<std::string_view> parts);

// HMAC-SHA-256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

// Lower-case hexadecimal.
std::string to_hex(std::span<const unsigned char> bytes);

// RFC 4648 §4 with padding, no line breaks.
std::string to_base64(std::string_view bytes);

// Accepts white space between characters (R4 base64Binary); nothing if it is not base64.
std::optional<std::string> from_base64(std::string_view text);

// The first 16 bytes as a UUID, version 4 and variant 1 bits set (RFC 4122 §4.4).
std::string to_uuid(std::span<const unsigned char> bytes);

}  // namespace gateway
