#include "gateway/flow/store/payload.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

Failure damaged(const char* what) {
    return {Category::fault, "a stored record is damaged",
            fmt::format("{}: restore the store from a backup", what)};
}

void check_digest(const std::string& bytes, const Sha256& digest) {
    if (sha256(bytes) != digest) {
        throw damaged("the payload differs from its SHA-256");
    }
}

}  // namespace

// Ids are UUIDs and FHIR's own: a slash is in none of them.
std::string message_place(std::string_view id) {
    return fmt::format("message/{}", id);
}

std::string answer_place(std::string_view message) {
    return fmt::format("answer/{}", message);
}

std::string delivery_place(std::string_view id) {
    return fmt::format("delivery/{}", id);
}

std::string resource_place(std::string_view type, std::string_view id, std::uint64_t version) {
    return fmt::format("resource/{}/{}/{}", type, id, version);
}

StoredPayload plain_payload(std::shared_ptr<const std::string> bytes) {
    if (!bytes) {
        bytes = std::make_shared<const std::string>();
    }
    const Sha256 digest = sha256(*bytes);
    return {PayloadCodec::plain, digest, std::move(bytes), nullptr};
}

StoredPayload PayloadSealer::seal(std::string_view owner, std::string_view place,
                                  const std::shared_ptr<const std::string>& bytes) {
    return seal(owner, place, bytes, sha256(bytes ? *bytes : std::string()));
}

StoredPayload PayloadSealer::seal(std::string_view owner, std::string_view place,
                                  const std::shared_ptr<const std::string>& bytes,
                                  const Sha256& digest) {
    auto at = data_keys_.find(owner);
    if (at == data_keys_.end()) {
        const CipherKey key = CipherKey::random();
        auto wrapped = std::make_shared<const std::string>(keys_.wrap(key));
        at = data_keys_.emplace(std::string(owner), PayloadKey{key, std::move(wrapped)}).first;
    }
    PayloadKey& data_key = at->second;
    auto sealed = std::make_shared<const std::string>(
        data_key.key.seal(bytes ? *bytes : std::string_view(), place, data_key.sealed++));
    return {PayloadCodec::sealed, digest, std::move(sealed), data_key.wrapped};
}

std::shared_ptr<const std::string> open_payload(const StoredPayload& stored, std::string_view place,
                                                const KeyRing* keys) {
    if (keys == nullptr) {
        throw Failure(Category::fault, "a stored record cannot be read",
                      "its payload is encrypted and the store was opened without keys");
    }
    if (stored.codec != PayloadCodec::sealed || !stored.wrapped_key) {
        throw damaged("the payload is not encrypted with a key of its own");
    }
    auto opened = keys->unwrap(*stored.wrapped_key).open(*stored.bytes, place);
    if (!opened) {
        throw damaged("the payload does not open with its key in this place");
    }
    check_digest(*opened, stored.digest);
    return std::make_shared<const std::string>(std::move(*opened));
}

std::shared_ptr<const std::string> read_plain_payload(StoredPayload stored) {
    if (stored.codec != PayloadCodec::plain) {
        throw damaged("the payload should be plain and is not");
    }
    check_digest(*stored.bytes, stored.digest);
    return std::move(stored.bytes);
}

}  // namespace gateway
