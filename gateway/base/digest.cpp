#include "gateway/base/digest.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "gateway/base/algorithms.h"
#include "gateway/base/as_bytes.h"

namespace gateway {

namespace {

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

constexpr std::size_t block_bytes = 64;  // of SHA-256

std::string_view as_text(const Sha256& digest) {
    return {reinterpret_cast<const char*>(
                digest.data()),  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            digest.size()};
}

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
    return sha256(std::initializer_list<std::string_view>{bytes});
}

Sha256 sha256(std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    bool is_good = context && EVP_DigestInit_ex(context.get(), sha256_algorithm(), nullptr) == 1;
    for (const std::string_view part : parts) {
        is_good = is_good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    }
    Sha256 digest{};
    if (!is_good || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        throw std::logic_error("SHA-256 is not available");
    }
    return digest;
}

// Out of two digests: OpenSSL 3's own HMAC takes four times as long for a short text, most of it
// for looking algorithms up.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
    const Sha256 digest_of_key = key.size() > block_bytes ? sha256(key) : Sha256{};
    const std::string_view used = key.size() > block_bytes ? as_text(digest_of_key) : key;
    std::array<char, block_bytes> inner{};
    std::array<char, block_bytes> outer{};
    std::ranges::copy(used, inner.begin());
    for (std::size_t i = 0; i < block_bytes; ++i) {
        outer.at(i) = static_cast<char>(inner.at(i) ^ 0x5C);
        inner.at(i) = static_cast<char>(inner.at(i) ^ 0x36);
    }
    const Sha256 within = sha256({std::string_view(inner.data(), block_bytes), bytes});
    const Sha256 digest = sha256({std::string_view(outer.data(), block_bytes), as_text(within)});
    OPENSSL_cleanse(inner.data(), block_bytes);
    OPENSSL_cleanse(outer.data(), block_bytes);
    return digest;
}

std::string to_hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string to_base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(as_bytes(out, 0), as_bytes(bytes), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 4 * 3);
    unsigned int bits = 0;
    std::size_t count = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (is_space(c)) {
            continue;
        }
        const int value = base64_value(c);
        if (c == '=') {
            ++padding;
        } else if (value < 0 || padding > 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<unsigned int>(std::max(value, 0));
        if (++count % 4 == 0) {
            out += static_cast<char>(bits >> 16U & 255U);
            out += static_cast<char>(bits >> 8U & 255U);
            out += static_cast<char>(bits & 255U);
        }
    }
    if (count % 4 != 0 || padding > 2) {
        return std::nullopt;
    }
    out.resize(out.size() - padding);
    return out;
}

std::string to_uuid(std::span<const unsigned char> bytes) {
    if (bytes.size() < 16) {
        throw std::logic_error("a UUID needs 16 bytes");
    }
    std::array<unsigned char, 16> uuid{};
    std::copy_n(bytes.begin(), 16, uuid.begin());
    uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0FU) | 0x40U);
    uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3FU) | 0x80U);
    const std::string hex = to_hex(uuid);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

}  // namespace gateway
