// Bytes that may hold patient data, on their way into and out of the store. Every backend passes
// them through here and nowhere else: encryption at rest becomes another codec. Today there is one,
// `plain`: what protects the bytes is the disk's own encryption and the file's mode. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/digest.h"

namespace gateway {

// Stored beside the bytes; a number is never used again for another meaning.
enum class PayloadCodec : std::int64_t { plain = 0 };

struct StoredPayload {
    PayloadCodec codec = PayloadCodec::plain;
    Sha256 digest{};  // of the decoded bytes
    std::shared_ptr<const std::string> bytes;
};

// Null counts as empty. The second form trusts the caller's digest: hashing a long letter twice
// costs milliseconds.
StoredPayload encode_payload(std::shared_ptr<const std::string> bytes);
StoredPayload encode_payload(std::shared_ptr<const std::string> bytes, const Sha256& digest);

// Throws Failure `fault` if the bytes are not those that were stored.
std::shared_ptr<const std::string> decode_payload(StoredPayload stored);

}  // namespace gateway
