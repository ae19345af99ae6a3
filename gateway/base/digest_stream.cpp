#include "gateway/base/digest_stream.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "gateway/base/algorithms.h"

namespace gateway {

namespace {

void demand(bool is_good) {
    if (!is_good) {
        throw std::logic_error("SHA-256 is not available");
    }
}

}  // namespace

struct DigestStream::Context {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> evp{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

DigestStream::DigestStream() : context_(std::make_unique<Context>()) {
    demand(context_->evp &&
           EVP_DigestInit_ex(context_->evp.get(), sha256_algorithm(), nullptr) == 1);
}

DigestStream::~DigestStream() = default;

void DigestStream::add(std::string_view bytes) {
    demand(EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) == 1);
}

Sha256 DigestStream::finish() {
    Sha256 digest{};
    demand(EVP_DigestFinal_ex(context_->evp.get(), digest.data(), nullptr) == 1);
    return digest;
}

}  // namespace gateway
