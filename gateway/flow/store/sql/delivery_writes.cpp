// Deliveries and their lanes. A lane is (destination, order key); `head` marks the delivery whose
// turn it is, so every write that ends or revives one passes the mark on. A quarantined one that
// `blocks` stays in its lane and keeps the mark. A delivery without an order key is alone in its
// lane and always at its head.

#include <fmt/format.h>

#include <optional>

#include "gateway/base/act.h"
#include "gateway/flow/store/sql/writes.h"

namespace gateway::sql {

namespace {

// As a write finds it.
struct Standing {
    std::int64_t sequence = 0;
    DeliveryState state = DeliveryState::pending;
    std::uint64_t lease = 0;
};

std::optional<Standing> standing_of(Connection& connection, const std::string& id) {
    Query query(connection, "SELECT sequence, state, lease FROM delivery WHERE id = ?1", {id});
    if (!query.step()) {
        return std::nullopt;
    }
    return Standing{query.integer(0), parse_delivery_state(query.text(1)).value(), query.number(2)};
}

// After any change in its lane the oldest has its turn: one that comes back goes before the younger
// ones, but waits for the one that is on its way to the peer right now. Both stand at or near the
// front of the lane, so the walks are short.
void settle_turns(Connection& connection, const std::string& id) {
    connection.run_later(
        "WITH lane AS (SELECT d.destination, d.order_key FROM delivery d "
        "WHERE d.id = ?1 AND d.order_key <> ''), "
        "oldest AS (SELECT l.sequence FROM delivery l "
        "WHERE l.destination = (SELECT destination FROM lane) "
        "AND l.order_key = (SELECT order_key FROM lane) "
        "AND (l.state IN ('pending', 'leased', 'held') OR l.blocks = 1) "
        "ORDER BY l.sequence LIMIT 1), "
        "turn AS (SELECT l.sequence, l.state FROM delivery l "
        "WHERE l.destination = (SELECT destination FROM lane) "
        "AND l.order_key = (SELECT order_key FROM lane) "
        "AND (l.state IN ('pending', 'leased', 'held') OR l.blocks = 1) AND l.head = 1 "
        "ORDER BY l.sequence LIMIT 1) "
        "UPDATE delivery SET "
        "head = CASE WHEN sequence = (SELECT sequence FROM oldest) THEN 1 ELSE 0 END "
        "WHERE sequence IN (SELECT sequence FROM oldest UNION ALL SELECT sequence FROM turn) "
        "AND NOT EXISTS (SELECT 1 FROM turn WHERE state = 'leased' "
        "OR sequence = (SELECT sequence FROM oldest))",
        {id});
}

// Why a write that wants a lease changed nothing.
Refusal without_lease(Connection& connection, const std::string& id) {
    const auto standing = standing_of(connection, id);
    if (!standing) {
        return {Precondition::missing, id};
    }
    return {Precondition::lease,
            fmt::format("{} under lease {}", to_string(standing->state), standing->lease)};
}

// Nothing is left to be sent.
bool was_destroyed(Connection& connection, std::int64_t sequence) {
    Query query(connection,
                "SELECT 1 FROM delivery d JOIN message m ON m.sequence = d.message "
                "WHERE d.sequence = ?1 AND m.keys_destroyed <> 0",
                {sequence});
    return query.step();
}

}  // namespace

// Its turn is now where nobody is before it.
Written add_delivery(Connection& connection, const AddDelivery& write, const PayloadRow& payload) {
    const Delivery& delivery = write.delivery;
    const auto message = message_row(connection, delivery.message);
    if (!message) {
        return Refusal{Precondition::missing, delivery.message};
    }
    const std::int64_t row = insert_payload(connection, payload);
    const auto sequence = connection.insert(
        "INSERT INTO delivery (id, message, referral, destination, kind, order_key, title, "
        "content_type, target, created, next_attempt, attempts, state, lease, lease_until, head, "
        "outcome, payload, budget_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, "
        "'pending', 0, 0, CASE WHEN ?6 <> '' AND EXISTS (SELECT 1 FROM delivery l "
        "WHERE l.destination = ?4 AND l.order_key = ?6 "
        "AND (l.state IN ('pending', 'leased', 'held') OR l.blocks = 1)) THEN 0 ELSE 1 END, "
        "'', ?12, ?10) ON CONFLICT (id) DO NOTHING",
        "sequence",
        {delivery.id, *message, delivery.referral, delivery.destination, to_string(delivery.kind),
         delivery.order_key, delivery.title, delivery.content_type, delivery.target,
         delivery.created, delivery.next_attempt, row});
    if (!sequence) {
        return Refusal{Precondition::unique_key, delivery.id};
    }
    return static_cast<std::uint64_t>(*sequence);
}

Written lease_delivery(Connection& connection, const LeaseDelivery& write) {
    const bool is_leased = connection.run_one(
        "UPDATE delivery SET state = 'leased', lease = lease + 1, lease_until = ?3, "
        "attempts = attempts + 1 WHERE id = ?1 AND lease = ?2 AND head = 1 "
        "AND (state = 'pending' OR (state = 'leased' AND lease_until < ?4))",
        {write.delivery, write.lease, write.until, write.now});
    if (!is_leased) {
        return without_lease(connection, write.delivery);
    }
    return write.lease + 1;
}

Written finish_delivery(Connection& connection, const FinishDelivery& write) {
    const bool ends =
        write.next == DeliveryState::delivered || write.next == DeliveryState::quarantined;
    if (!ends && write.next != DeliveryState::held) {
        return Refusal{Precondition::content, std::string(to_string(write.next))};
    }
    const bool blocks = write.next == DeliveryState::quarantined && write.later == LaterOnes::wait;
    const bool is_finished = connection.run_one(
        "UPDATE delivery SET state = ?3, outcome = ?4, lease = lease + 1, "
        "head = CASE WHEN ?5 = 1 AND (?6 = 0 OR order_key = '') THEN 0 ELSE head END, "
        "blocks = CASE WHEN order_key = '' THEN 0 ELSE ?6 END "
        "WHERE id = ?1 AND lease = ?2 AND state = 'leased'",
        {write.delivery, write.lease, to_string(write.next), write.outcome, std::int64_t{ends},
         std::int64_t{blocks}});
    if (!is_finished) {
        return without_lease(connection, write.delivery);
    }
    settle_turns(connection, write.delivery);
    return 0U;
}

Written reschedule_delivery(Connection& connection, const RescheduleDelivery& write) {
    const bool is_back = connection.run_one(
        "UPDATE delivery SET state = 'pending', next_attempt = ?3, outcome = ?4, failures = ?5, "
        "lease = lease + 1 WHERE id = ?1 AND lease = ?2 AND state = 'leased'",
        {write.delivery, write.lease, write.next_attempt, write.outcome,
         std::uint64_t{write.failures}});
    if (!is_back) {
        return without_lease(connection, write.delivery);
    }
    settle_turns(connection, write.delivery);
    return 0U;
}

Written move_delivery(Connection& connection, const MoveDelivery& write) {
    const auto standing = standing_of(connection, write.delivery);
    if (!standing) {
        return Refusal{Precondition::missing, write.delivery};
    }
    if (standing->state != write.expected || standing->state == DeliveryState::leased) {
        return Refusal{Precondition::state, std::string(to_string(standing->state))};
    }
    if (write.next == DeliveryState::leased || write.next == DeliveryState::delivered) {
        return Refusal{Precondition::content, std::string(to_string(write.next))};
    }
    if (was_destroyed(connection, standing->sequence)) {
        return Refusal{Precondition::content,
                       "nobody can read its bytes any more (store.retention)"};
    }
    connection.run_later(
        "UPDATE delivery SET state = ?2, next_attempt = ?3, outcome = ?4, lease = lease + 1, "
        "head = CASE WHEN order_key = '' THEN 1 ELSE 0 END, blocks = 0 WHERE sequence = ?1",
        {standing->sequence, to_string(write.next), write.next_attempt, write.outcome});
    if (write.next == DeliveryState::pending) {
        connection.run_later(
            "UPDATE delivery SET attempts = 0, failures = 0, budget_from = ?2 WHERE sequence = ?1",
            {standing->sequence, write.next_attempt});
    }
    settle_turns(connection, write.delivery);
    return 0U;
}

void release_leases(Connection& connection) {
    const Act act(ActSite::store_release);
    connection.run(
        "UPDATE delivery SET state = 'pending', lease = lease + 1 WHERE state = 'leased'");
}

}  // namespace gateway::sql
