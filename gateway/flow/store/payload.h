// Bytes that may hold patient data, on their way into and out of the store. Every backend passes
// them through here and nowhere else. They are sealed with AES-256-GCM under a data key (key_ring.h
// wraps it) and bound to their place, so that rows cannot change places. Artefacts (maps, profiles,
// configuration) hold nobody's data and stay plain. The digest is that of the plain bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/digest.h"
#include "gateway/flow/store/key_ring.h"

namespace gateway {

// Stored beside the bytes; a number is never used again for another meaning.
enum class PayloadCodec : std::int64_t { plain = 0, sealed = 1 };

struct StoredPayload {
    PayloadCodec codec = PayloadCodec::plain;
    Sha256 digest{};  // of the decoded bytes
    std::shared_ptr<const std::string> bytes;
    std::shared_ptr<const std::string> wrapped_key;  // null for plain
};

// The record that a payload belongs to, as one text.
std::string message_place(std::string_view id);
std::string answer_place(std::string_view message);
std::string delivery_place(std::string_view id);
std::string resource_place(std::string_view type, std::string_view id, std::uint64_t version);

// Null bytes count as empty.
StoredPayload plain_payload(std::shared_ptr<const std::string> bytes);

// Seals the payloads of one unit of work: what lives and dies together (the same `owner`) shares a
// data key, which nothing else uses. One thread.
class PayloadSealer final {
public:
    explicit PayloadSealer(const KeyRing& keys) : keys_(keys) {}

    // The second form trusts the caller's digest: hashing a long letter twice costs milliseconds.
    StoredPayload seal(std::string_view owner, std::string_view place,
                       const std::shared_ptr<const std::string>& bytes);
    StoredPayload seal(std::string_view owner, std::string_view place,
                       const std::shared_ptr<const std::string>& bytes, const Sha256& digest);

private:
    struct PayloadKey {
        CipherKey key;
        std::shared_ptr<const std::string> wrapped;
        std::uint64_t sealed = 0;  // how often: the next nonce
    };

    const KeyRing& keys_;
    std::map<std::string, PayloadKey, std::less<>> data_keys_;
};

// Each throws Failure `fault` if the bytes are not those that were stored (sealed: in this place;
// what should be sealed and is not was put there by someone else), or if their key is not there.
// `keys` may be null: a store that was opened without keys.
std::shared_ptr<const std::string> open_payload(const StoredPayload& stored, std::string_view place,
                                                const KeyRing* keys);
std::shared_ptr<const std::string> read_plain_payload(StoredPayload stored);

}  // namespace gateway
