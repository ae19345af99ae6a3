// Writes on deliveries, and on their lanes (sql/delivery_writes.cpp). See unit_of_work.h.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/flow/message/delivery.h"

namespace gateway {

// Queued, and now sent: where each of its deliveries is delivered. Else nothing.
struct MarkSent {
    std::string message;
};

// Precondition: the id is new; the message is there. State, attempts, failures and lease start
// afresh; the time for retries counts from its creation.
// Assigned: the sequence.
struct AddDelivery {
    Delivery delivery;
};

// Precondition: pending (or leased by someone whose time is over), its turn within its order key,
// and `lease` still as read. Assigned: the new lease, needed to finish or reschedule.
struct LeaseDelivery {
    std::string delivery;
    std::uint64_t lease = 0;  // `Delivery::lease` as read
    Instant now{};
    Instant until{};
};

// What a quarantined delivery means for the later ones of its order key.
enum class LaterOnes {
    go_on,
    wait,  // until a person moves it
};

// Precondition: `lease` is the current one. `next`: delivered, held or quarantined. `later` is read
// where it is quarantined.
struct FinishDelivery {
    std::string delivery;
    std::uint64_t lease = 0;
    DeliveryState next = DeliveryState::delivered;
    std::string outcome = {};
    LaterOnes later = LaterOnes::go_on;
};

// Precondition: `lease` is the current one. Back to pending.
struct RescheduleDelivery {
    std::string delivery;
    std::uint64_t lease = 0;
    Instant next_attempt{};
    std::string outcome = {};
    std::uint32_t failures = 0;
};

// What an operator does. Precondition: the state is `expected` (not leased).
// `next`: pending (release, replay), held or quarantined. Nothing waits for it any longer, unless
// it is held. Pending: attempts and failures start afresh, and the time for retries counts from
// `next_attempt`.
struct MoveDelivery {
    std::string delivery;
    DeliveryState expected = DeliveryState::held;
    DeliveryState next = DeliveryState::pending;
    Instant next_attempt{};
    std::string outcome = {};
};

}  // namespace gateway
