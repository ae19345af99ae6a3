// A key for AES-256-GCM (NIST SP 800-38D) and what can be done with it; OpenSSL's EVP behind plain
// functions. The bytes are wiped when the key goes. A nonce must never be used twice with one key:
// the caller counts, or takes the random one. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class CipherKey final {
public:
    static constexpr std::size_t size = 32;
    // What sealing adds: the nonce before the ciphertext, the tag behind it.
    static constexpr std::size_t overhead = 12 + 16;

    // Throws `std::logic_error` where the system has no randomness.
    static CipherKey random();

    // Nothing unless `bytes` are 32.
    static std::optional<CipherKey> of(std::string_view bytes);

    ~CipherKey();
    CipherKey(const CipherKey&) = default;
    CipherKey& operator=(const CipherKey&) = default;
    CipherKey(CipherKey&&) = default;
    CipherKey& operator=(CipherKey&&) = default;

    // nonce | ciphertext | tag. `count` is the nonce: for a key that seals few things, all made
    // by one hand.
    std::string seal(std::string_view plain, std::string_view bound_to, std::uint64_t count) const;

    // With a random nonce: for a key that many use for long (at most 2^32 times).
    std::string seal(std::string_view plain, std::string_view bound_to) const;

    // Nothing if it is not what was sealed with this key and bound to the same.
    std::optional<std::string> open(std::string_view sealed, std::string_view bound_to) const;

    // AES-256-CTR: turns plain bytes into sealed ones and back, in place. `at`: where they stand in
    // the one stream that this key is for. Says nothing about changed bytes. Such a key seals
    // nothing else.
    void apply_stream(std::string& bytes, std::uint64_t at) const;

    std::string_view bytes() const;

private:
    CipherKey() = default;

    std::array<unsigned char, size> bytes_{};
};

}  // namespace gateway
