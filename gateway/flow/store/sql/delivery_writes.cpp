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

// What decides about a write on a delivery.
struct Standing {
    std::int64_t sequence = 0;
    std::string destination;
    std::string order_key;
    DeliveryState state = DeliveryState::pending;
    std::uint64_t lease = 0;
    Instant lease_until{};
    bool is_head = false;
};

std::optional<Standing> standing_of(Connection& connection, const std::string& id) {
    Query query(connection,
                "SELECT sequence, destination, order_key, state, lease, lease_until, head "
                "FROM delivery WHERE id = ?1",
                {id});
    if (!query.step()) {
        return std::nullopt;
    }
    const auto state = parse_delivery_state(query.text(3));
    return Standing{query.integer(0), query.string(1),  query.string(2),      state.value(),
                    query.number(4),  query.instant(5), query.integer(6) != 0};
}

Refusal wrong_lease(const Standing& standing) {
    return {Precondition::lease,
            fmt::format("{} under lease {}", to_string(standing.state), standing.lease)};
}

Refusal wrong_state(const Standing& standing) {
    return {Precondition::state, std::string(to_string(standing.state))};
}

bool lane_is_empty(Connection& connection, const Delivery& delivery) {
    Query query(connection,
                "SELECT 1 FROM delivery WHERE destination = ?1 AND order_key = ?2 "
                "AND (state IN ('pending', 'leased', 'held') OR blocks = 1) LIMIT 1",
                {delivery.destination, delivery.order_key});
    return !query.step();
}

struct Turn {
    std::int64_t sequence = 0;
    bool is_leased = false;
};

// The one whose turn it is. It stands at or near the front of its lane, so the walk is short.
std::optional<Turn> current_turn(Connection& connection, const Standing& standing) {
    Query query(connection,
                "SELECT sequence, state FROM delivery "
                "WHERE destination = ?1 AND order_key = ?2 "
                "AND (state IN ('pending', 'leased', 'held') OR blocks = 1) AND head = 1 "
                "ORDER BY sequence LIMIT 1",
                {standing.destination, standing.order_key});
    if (!query.step()) {
        return std::nullopt;
    }
    return Turn{query.integer(0), parse_delivery_state(query.text(1)) == DeliveryState::leased};
}

std::optional<std::int64_t> oldest_in_lane(Connection& connection, const Standing& standing) {
    Query query(connection,
                "SELECT sequence FROM delivery WHERE destination = ?1 AND order_key = ?2 "
                "AND (state IN ('pending', 'leased', 'held') OR blocks = 1) "
                "ORDER BY sequence LIMIT 1",
                {standing.destination, standing.order_key});
    if (!query.step()) {
        return std::nullopt;
    }
    return query.integer(0);
}

void mark_head(Connection& connection, std::int64_t sequence, std::int64_t head) {
    connection.run_later("UPDATE delivery SET head = ?2 WHERE sequence = ?1", {sequence, head});
}

// After any change in a lane the oldest has its turn: one that comes back goes before the younger
// ones, but waits for the one that is on its way to the peer right now.
void settle_turns(Connection& connection, const Standing& standing) {
    if (standing.order_key.empty()) {
        return;
    }
    const auto turn = current_turn(connection, standing);
    const auto oldest = oldest_in_lane(connection, standing);
    if (!oldest || (turn && (turn->is_leased || turn->sequence == *oldest))) {
        return;
    }
    if (turn) {
        mark_head(connection, turn->sequence, 0);
    }
    mark_head(connection, *oldest, 1);
}

bool may_be_leased(const Standing& standing, const LeaseDelivery& write) {
    const bool free = standing.state == DeliveryState::pending ||
                      (standing.state == DeliveryState::leased && standing.lease_until < write.now);
    return free && standing.is_head && standing.lease == write.lease;
}

bool holds(const Standing& standing, std::uint64_t lease) {
    return standing.state == DeliveryState::leased && standing.lease == lease;
}

}  // namespace

Written add_delivery(Connection& connection, const AddDelivery& write, const PayloadRow& payload) {
    const Delivery& delivery = write.delivery;
    const auto message = message_row(connection, delivery.message);
    if (!message) {
        return Refusal{Precondition::missing, delivery.message};
    }
    if (standing_of(connection, delivery.id)) {
        return Refusal{Precondition::unique_key, delivery.id};
    }
    const bool is_head = delivery.order_key.empty() || lane_is_empty(connection, delivery);
    const std::int64_t row = insert_payload(connection, payload);
    const std::int64_t sequence = connection.insert(
        "INSERT INTO delivery (id, message, referral, destination, kind, order_key, title, "
        "content_type, target, created, next_attempt, attempts, state, lease, lease_until, head, "
        "outcome, payload, budget_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, "
        "'pending', 0, 0, ?12, '', ?13, ?10)",
        "sequence",
        {delivery.id, *message, delivery.referral, delivery.destination, to_string(delivery.kind),
         delivery.order_key, delivery.title, delivery.content_type, delivery.target,
         delivery.created, delivery.next_attempt, std::int64_t{is_head}, row});
    return static_cast<std::uint64_t>(sequence);
}

Written lease_delivery(Connection& connection, const LeaseDelivery& write) {
    const auto standing = standing_of(connection, write.delivery);
    if (!standing) {
        return Refusal{Precondition::missing, write.delivery};
    }
    if (!may_be_leased(*standing, write)) {
        return wrong_lease(*standing);
    }
    connection.run_later(
        "UPDATE delivery SET state = 'leased', lease = lease + 1, lease_until = ?2, "
        "attempts = attempts + 1 WHERE sequence = ?1",
        {standing->sequence, write.until});
    return standing->lease + 1;
}

Written finish_delivery(Connection& connection, const FinishDelivery& write) {
    const auto standing = standing_of(connection, write.delivery);
    if (!standing) {
        return Refusal{Precondition::missing, write.delivery};
    }
    if (!holds(*standing, write.lease)) {
        return wrong_lease(*standing);
    }
    const bool ends =
        write.next == DeliveryState::delivered || write.next == DeliveryState::quarantined;
    if (!ends && write.next != DeliveryState::held) {
        return Refusal{Precondition::content, std::string(to_string(write.next))};
    }
    const bool blocks = write.next == DeliveryState::quarantined &&
                        write.later == LaterOnes::wait && !standing->order_key.empty();
    connection.run_later(
        "UPDATE delivery SET state = ?2, outcome = ?3, lease = lease + 1, "
        "head = CASE WHEN ?4 = 1 THEN 0 ELSE head END, blocks = ?5 WHERE sequence = ?1",
        {standing->sequence, to_string(write.next), write.outcome, std::int64_t{ends && !blocks},
         std::int64_t{blocks}});
    settle_turns(connection, *standing);
    return 0U;
}

Written reschedule_delivery(Connection& connection, const RescheduleDelivery& write) {
    const auto standing = standing_of(connection, write.delivery);
    if (!standing) {
        return Refusal{Precondition::missing, write.delivery};
    }
    if (!holds(*standing, write.lease)) {
        return wrong_lease(*standing);
    }
    connection.run_later(
        "UPDATE delivery SET state = 'pending', next_attempt = ?2, outcome = ?3, failures = ?4, "
        "lease = lease + 1 WHERE sequence = ?1",
        {standing->sequence, write.next_attempt, write.outcome, std::uint64_t{write.failures}});
    settle_turns(connection, *standing);
    return 0U;
}

Written move_delivery(Connection& connection, const MoveDelivery& write) {
    const auto standing = standing_of(connection, write.delivery);
    if (!standing) {
        return Refusal{Precondition::missing, write.delivery};
    }
    if (standing->state != write.expected || standing->state == DeliveryState::leased) {
        return wrong_state(*standing);
    }
    if (write.next == DeliveryState::leased || write.next == DeliveryState::delivered) {
        return Refusal{Precondition::content, std::string(to_string(write.next))};
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
    settle_turns(connection, *standing);
    return 0U;
}

void release_leases(Connection& connection) {
    const Act act(ActSite::store_release);
    connection.run(
        "UPDATE delivery SET state = 'pending', lease = lease + 1 WHERE state = 'leased'");
}

}  // namespace gateway::sql
