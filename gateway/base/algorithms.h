// OpenSSL's algorithms, each fetched once. `EVP_sha256()` and its like are only names: with every
// use OpenSSL 3 looks the algorithm up anew, under locks that all threads share, which costs as
// much as hashing a small record. Thread-safe; what they return lives as long as the process.
// https://docs.openssl.org/3.0/man7/crypto/#performance
#pragma once

#include <openssl/types.h>

namespace gateway {

const EVP_MD* sha256_algorithm();
const EVP_CIPHER* aes_256_gcm_algorithm();
const EVP_CIPHER* aes_256_ctr_algorithm();

}  // namespace gateway
