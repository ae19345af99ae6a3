#include "gateway/base/algorithms.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace gateway {

namespace {

using Digest = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;
using Cipher = std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)>;

template <class Fetched>
Fetched found(Fetched fetched, const char* name) {
    if (!fetched) {
        throw std::logic_error(std::string(name) + " is not available");
    }
    return fetched;
}

Cipher cipher(const char* name) {
    return found(Cipher(EVP_CIPHER_fetch(nullptr, name, nullptr), &EVP_CIPHER_free), name);
}

}  // namespace

const EVP_MD* sha256_algorithm() {
    static const Digest fetched =
        found(Digest(EVP_MD_fetch(nullptr, "SHA-256", nullptr), &EVP_MD_free), "SHA-256");
    return fetched.get();
}

const EVP_CIPHER* aes_256_gcm_algorithm() {
    static const Cipher fetched = cipher("AES-256-GCM");
    return fetched.get();
}

const EVP_CIPHER* aes_256_ctr_algorithm() {
    static const Cipher fetched = cipher("AES-256-CTR");
    return fetched.get();
}

}  // namespace gateway
