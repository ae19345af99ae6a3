#include "gateway/base/cipher_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

#include "gateway/base/algorithms.h"
#include "gateway/base/as_bytes.h"

namespace gateway {

namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

void fill_randomly(unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) != 1) {
        throw std::logic_error("no randomness available");
    }
}

// EVP counts in int; nothing that the gateway takes in is near it (limits.body_bytes_max).
int length_of(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw std::logic_error("too long for one AES-GCM call");
    }
    return static_cast<int>(text.size());
}

void require(bool worked) {
    if (!worked) {
        throw std::logic_error("AES-256-GCM is not available");
    }
}

// `sealed` holds the nonce and room for the rest.
void encrypt(const unsigned char* key, std::string_view plain, std::string_view bound_to,
             std::string& sealed) {
    const Context context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    int written = 0;
    require(context != nullptr && EVP_EncryptInit_ex(context.get(), aes_256_gcm_algorithm(),
                                                     nullptr, key, as_bytes(sealed, 0)) == 1);
    require(EVP_EncryptUpdate(context.get(), nullptr, &written, as_bytes(bound_to),
                              length_of(bound_to)) == 1);
    unsigned char* const body = as_bytes(sealed, nonce_bytes);
    require(EVP_EncryptUpdate(context.get(), body, &written, as_bytes(plain), length_of(plain)) ==
            1);
    unsigned char* const tag = body + plain.size();
    require(EVP_EncryptFinal_ex(context.get(), tag, &written) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes),
                                tag) == 1);
}

}  // namespace

CipherKey CipherKey::random() {
    CipherKey key;
    fill_randomly(key.bytes_.data(), size);
    return key;
}

std::optional<CipherKey> CipherKey::of(std::string_view bytes) {
    if (bytes.size() != size) {
        return std::nullopt;
    }
    CipherKey key;
    std::copy_n(as_bytes(bytes), size, key.bytes_.begin());
    return key;
}

CipherKey::~CipherKey() {
    OPENSSL_cleanse(bytes_.data(), size);
}

std::string CipherKey::seal(std::string_view plain, std::string_view bound_to,
                            std::uint64_t count) const {
    std::string sealed(plain.size() + overhead, '\0');
    for (std::size_t i = 0; i < sizeof(count); ++i) {
        sealed[nonce_bytes - 1 - i] = static_cast<char>(count >> (8 * i) & 0xFFU);
    }
    encrypt(bytes_.data(), plain, bound_to, sealed);
    return sealed;
}

std::string CipherKey::seal(std::string_view plain, std::string_view bound_to) const {
    std::string sealed(plain.size() + overhead, '\0');
    fill_randomly(as_bytes(sealed, 0), nonce_bytes);
    encrypt(bytes_.data(), plain, bound_to, sealed);
    return sealed;
}

std::optional<std::string> CipherKey::open(std::string_view sealed,
                                           std::string_view bound_to) const {
    if (sealed.size() < overhead) {
        return std::nullopt;
    }
    const std::string_view body = sealed.substr(nonce_bytes, sealed.size() - overhead);
    std::string tag(sealed.substr(sealed.size() - tag_bytes));
    std::string plain(body.size(), '\0');
    const Context context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    int written = 0;
    require(context != nullptr &&
            EVP_DecryptInit_ex(context.get(), aes_256_gcm_algorithm(), nullptr, bytes_.data(),
                               as_bytes(sealed)) == 1);
    require(EVP_DecryptUpdate(context.get(), nullptr, &written, as_bytes(bound_to),
                              length_of(bound_to)) == 1);
    require(EVP_DecryptUpdate(context.get(), as_bytes(plain, 0), &written, as_bytes(body),
                              length_of(body)) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes),
                                tag.data()) == 1);
    if (EVP_DecryptFinal_ex(context.get(), as_bytes(tag, 0), &written) != 1) {
        return std::nullopt;
    }
    return plain;
}

void CipherKey::apply_stream(std::string& bytes, std::uint64_t at) const {
    constexpr std::uint64_t block = 16;
    std::array<unsigned char, block> counter{};
    for (std::size_t i = 0; i < sizeof(at); ++i) {
        counter.at(block - 1 - i) = static_cast<unsigned char>((at / block) >> (8 * i) & 0xFFU);
    }
    const Context context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    require(context != nullptr && EVP_EncryptInit_ex(context.get(), aes_256_ctr_algorithm(),
                                                     nullptr, bytes_.data(), counter.data()) == 1);
    int written = 0;
    std::array<unsigned char, block> skipped{};
    require(EVP_EncryptUpdate(context.get(), skipped.data(), &written, skipped.data(),
                              static_cast<int>(at % block)) == 1);
    require(EVP_EncryptUpdate(context.get(), as_bytes(bytes, 0), &written, as_bytes(bytes),
                              length_of(bytes)) == 1);
}

std::string_view CipherKey::bytes() const {
    return {reinterpret_cast<const char*>(
                bytes_.data()),  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
            size};
}

}  // namespace gateway
