// One message to one destination: the rendered bytes, so that every retry is the same, and how far
// they got. A value; the bytes are shared and immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"

namespace gateway {

enum class DeliveryKind { https, mllp };

std::string_view to_string(DeliveryKind kind);

std::optional<DeliveryKind> parse_delivery_kind(std::string_view word);

enum class DeliveryState {
    pending,      // waits for its turn and its time
    leased,       // a worker has it, see `Delivery::lease`
    delivered,    // the peer's transport took it
    held,         // a person stopped it; later ones of its order key wait
    quarantined,  // given up; later ones of its order key go on, or wait: `Delivery::blocks`
};

std::string_view to_string(DeliveryState state);

std::optional<DeliveryState> parse_delivery_state(std::string_view word);

struct Delivery {
    std::string id;              // UUID, made by the gateway before the commit
    std::uint64_t sequence = 0;  // order of enqueueing, given by the store with the commit
    std::string message;         // id of the message that caused it
    std::string referral;        // id of the referral it is about; empty where none
    std::string destination;     // partner id
    DeliveryKind kind = DeliveryKind::https;
    std::string order_key;     // empty: waits for no other
    std::string title;         // what people see in a queue: RRI^I12, Bundle
    std::string content_type;  // of the bytes
    std::string target;        // path below the destination's base, such as $process-message
    std::shared_ptr<const std::string> bytes;  // null in listings
    Instant created{};
    Instant next_attempt{};
    Instant budget_from{};  // the time for retries counts from here: enqueued, or set free again
    std::uint32_t attempts = 0;  // begun ones since then: a lease counts
    std::uint32_t failures = 0;  // how often in a row its last outcome was the same failure
    bool blocks = false;  // quarantined, and the later ones of its order key wait for a person
    bool is_destroyed = false;  // its time is over (store.retention): nobody can read its bytes
    DeliveryState state = DeliveryState::pending;
    // Fencing token: rises with every lease and every release. Who holds an older one can no
    // longer finish the delivery.
    std::uint64_t lease = 0;
    std::string outcome;  // of the last attempt: one sentence without patient data
};

}  // namespace gateway
