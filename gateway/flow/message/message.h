// A message as accepted: the original bytes, never changed, and what the gateway knows about them.
// Holds patient data (`bytes`, `control_id`): nothing of it may be logged but `id`, `sequence`,
// `channel`, the partner's id, `digest` and `state`. A value; the bytes are shared and immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/flow/message/identity.h"
#include "gateway/flow/message/message_state.h"

namespace gateway {

struct Message {
    std::string id;              // UUID, made by the gateway
    std::uint64_t sequence = 0;  // receive sequence, given by the store with the commit
    std::string channel;         // the way it came in, from the settings: mllp, https, …
    Identity sender;
    // Messages of one key are processed and delivered in receive order: keyed hash of the patient
    // identifier, else the channel.
    std::string order_key;
    std::string content_type;
    std::string control_id;  // MSH-10, MessageHeader.id or Bundle.id
    // What makes two messages of one partner the same; empty: never a duplicate.
    std::string duplicate_key;
    Sha256 duplicate_digest{};  // of the bytes without what may differ in a repeat (MSH-7)
    Sha256 digest{};            // of `bytes`
    std::shared_ptr<const std::string> bytes;  // null in listings
    Instant received{};
    MessageState state = MessageState::received;
    std::string reason;         // why it is in this state: one sentence without patient data
    std::string settings_hash;  // the snapshot of settings, maps and profiles it ran under
    // Of one that is received, on a store that gateways share: who has it in hand, and the number
    // of that hold, which rises when another takes it over.
    std::string holder = {};
    std::uint64_t lease = 0;
};

}  // namespace gateway
