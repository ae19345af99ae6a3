#include "gateway/base/signing_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "gateway/base/as_bytes.h"
#include "gateway/base/digest.h"

namespace gateway {

namespace {

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t public_key_bytes = 32;
constexpr std::size_t id_digits = 16;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
    ERR_clear_error();  // a text that is no key leaves its errors behind
    return {key, &EVP_PKEY_free};
}

Bio bio_of(std::string_view text) {
    Bio bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
    if (!bio) {
        throw std::logic_error("OpenSSL has no memory for a BIO");
    }
    return bio;
}

bool is_ed25519(const std::shared_ptr<EVP_PKEY>& key) {
    return key && EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519;
}

// Never asks a terminal for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return -1;
}

Context context() {
    Context made{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    if (!made) {
        throw std::logic_error("OpenSSL has no memory for a signature");
    }
    return made;
}

}  // namespace

VerifyingKey::VerifyingKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {
    std::string raw(public_key_bytes, '\0');
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), as_bytes(raw, 0), &size) != 1) {
        throw std::logic_error("an Ed25519 key has no public part");
    }
    id_ = to_hex(sha256(raw)).substr(0, id_digits);
}

std::optional<VerifyingKey> VerifyingKey::from_pem(std::string_view pem) {
    auto key = own(PEM_read_bio_PUBKEY(bio_of(pem).get(), nullptr, &no_passphrase, nullptr));
    if (!is_ed25519(key)) {
        return std::nullopt;
    }
    return VerifyingKey(std::move(key));
}

bool VerifyingKey::verifies(std::string_view bytes, std::string_view signature) const {
    const Context verifying = context();
    const bool is_good =
        EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
        EVP_DigestVerify(verifying.get(), as_bytes(signature), signature.size(), as_bytes(bytes),
                         bytes.size()) == 1;
    ERR_clear_error();
    return is_good;
}

SigningKey::SigningKey(std::shared_ptr<EVP_PKEY> key)
    : key_(std::move(key)), public_key_(VerifyingKey(key_)) {
}

std::optional<SigningKey> SigningKey::from_pem(std::string_view pem) {
    auto key = own(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, &no_passphrase, nullptr));
    if (!is_ed25519(key)) {
        return std::nullopt;
    }
    return SigningKey(std::move(key));
}

SigningKey SigningKey::generate() {
    auto key = own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) {
        throw std::logic_error("OpenSSL cannot make an Ed25519 key");
    }
    return SigningKey(std::move(key));
}

std::string SigningKey::sign(std::string_view bytes) const {
    const Context signing = context();
    std::array<unsigned char, signature_bytes> signature{};
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(signing.get(), signature.data(), &size, as_bytes(bytes), bytes.size()) !=
            1) {
        throw std::logic_error("OpenSSL cannot sign with an Ed25519 key");
    }
    return {signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string SigningKey::pem() const {
    const Bio bio{BIO_new(BIO_s_mem()), &BIO_free};
    char* text = nullptr;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr) != 1) {
        throw std::logic_error("OpenSSL cannot write an Ed25519 key");
    }
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace gateway
