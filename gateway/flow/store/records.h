// What the store keeps beside the nouns of flow/message, as look-ups return it. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/base/metrics.h"
#include "gateway/flow/message/delivery.h"
#include "gateway/flow/message/message_state.h"

namespace gateway {

// What the sender of a message was told, kept so that a repeat of the message gets the same bytes.
struct Answer {
    std::string message;       // id
    std::string content_type;  // of the bytes
    std::string code;          // MSA-1, or the HTTP status as text
    std::shared_ptr<const std::string> bytes;
    Instant at{};
};

// What only one of the gateways that share a store does at a time, or that one of them is there.
struct Duty {
    std::string holder;
    Instant until{};   // no longer, unless it says so again
    std::string note;  // for whoever has it next
};

// The message that already holds a duplicate key.
struct Duplicate {
    std::string message;  // id
    Sha256 digest{};      // its `Message::duplicate_digest`
    MessageState state = MessageState::received;
    std::string settings_hash;     // of the snapshot it ran under
    std::optional<Answer> answer;  // nothing while it is still being processed
    bool is_destroyed = false;     // its time is over (store.retention), its answer with it
};

// One version of a FHIR resource; versions count from 1 and are never changed.
struct ResourceVersion {
    std::string type;
    std::string id;
    std::uint64_t version = 0;
    std::string message;                       // id of the message that wrote it; may be empty
    std::string map_hash;                      // artefact of the maps that made it; may be empty
    std::shared_ptr<const std::string> bytes;  // FHIR JSON
    Instant at{};
};

// A view.
struct ResourceKey {
    std::string_view type;
    std::string_view id;
};

// The latest version of a resource without its bytes: enough to tell whether it has changed.
struct ResourceMark {
    std::uint64_t version = 0;
    Sha256 digest{};  // of its bytes
};

// A map, profile or configuration as it was, by the SHA-256 of its bytes in hex.
struct Artefact {
    std::string hash;
    std::string kind;  // map, profile, settings, …
    std::string name;
    std::shared_ptr<const std::string> bytes;
};

// One step of the single sequence that feeds history, subscriptions, caches and sync.
struct Change {
    std::uint64_t sequence = 0;
    std::string type;  // resource type, or what else changed
    std::string id;
    std::uint64_t version = 0;
    Instant at{};
};

// A data key of payloads as it is kept: wrapped under a master key (key_ring.h).
struct StoredPayloadKey {
    std::uint64_t id = 0;
    std::string wrapped;
};

// A message whose time is over.
struct ExpiredMessage {
    Instant received{};
    std::uint64_t sequence = 0;
    std::string id;
};

struct MessageCount {
    MessageState state = MessageState::received;
    std::size_t count = 0;
};

// Of one destination and state; what is delivered is not counted here.
struct DeliveryCount {
    std::string destination;
    DeliveryState state = DeliveryState::pending;
    std::size_t count = 0;
    Instant oldest{};
};

// Since start; for metrics and tests.
struct StoreCounters {
    std::uint64_t units = 0;        // outcomes given, of every kind
    std::uint64_t commits = 0;      // durable transactions: many units share one
    std::uint64_t checkpoints = 0;  // of the write-ahead log
    std::size_t waiting = 0;        // units in the queue now
    LatencyReading transaction;     // of a durable one: its writes and its commit
    LatencyReading commit;          // the commit alone: the log's write and the disk's fsync
};

}  // namespace gateway
