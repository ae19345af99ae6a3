#include "gateway/flow/store/payload.h"

#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

StoredPayload encode_payload(std::shared_ptr<const std::string> bytes) {
    const Sha256 digest = sha256(bytes ? *bytes : std::string());
    return encode_payload(std::move(bytes), digest);
}

StoredPayload encode_payload(std::shared_ptr<const std::string> bytes, const Sha256& digest) {
    if (!bytes) {
        bytes = std::make_shared<const std::string>();
    }
    return {PayloadCodec::plain, digest, std::move(bytes)};
}

std::shared_ptr<const std::string> decode_payload(StoredPayload stored) {
    if (stored.codec != PayloadCodec::plain) {
        throw Failure(Category::fault, "a stored record cannot be read",
                      "payload codec is unknown: the record was written by a newer Painbridge");
    }
    if (sha256(*stored.bytes) != stored.digest) {
        throw Failure(Category::fault, "a stored record is damaged",
                      "payload differs from its SHA-256: restore the store from a backup");
    }
    return std::move(stored.bytes);
}

}  // namespace gateway
