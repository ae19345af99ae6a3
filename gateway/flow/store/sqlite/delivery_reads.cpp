#include "gateway/flow/store/sqlite/reads.h"

namespace gateway::sqlite {

namespace {

// The order of the columns in every query below.
Delivery delivery_at(const Query& row) {
    Delivery delivery;
    delivery.sequence = row.number(0);
    delivery.id = row.string(1);
    delivery.message = row.string(2);
    delivery.referral = row.string(3);
    delivery.destination = row.string(4);
    delivery.kind = known(parse_delivery_kind(row.text(5)));
    delivery.order_key = row.string(6);
    delivery.title = row.string(7);
    delivery.content_type = row.string(8);
    delivery.target = row.string(9);
    delivery.created = row.instant(10);
    delivery.next_attempt = row.instant(11);
    delivery.attempts = static_cast<std::uint32_t>(row.integer(12));
    delivery.state = known(parse_delivery_state(row.text(13)));
    delivery.lease = row.number(14);
    delivery.outcome = row.string(15);
    return delivery;
}

enum class Bytes { with, without };

std::vector<Delivery> all(Query& row, Bytes bytes) {
    std::vector<Delivery> deliveries;
    while (row.step()) {
        deliveries.push_back(delivery_at(row));
        if (bytes == Bytes::with) {
            deliveries.back().bytes = payload_at(row, 16);
        }
    }
    return deliveries;
}

}  // namespace

std::vector<Delivery> find_due(Connection& connection, std::string_view destination, Instant now,
                               std::size_t limit) {
    // Two index ranges, both short: heads that are pending and due, leases whose time is over.
    Query row(connection,
              "SELECT d.sequence, d.id, m.id, d.referral, d.destination, d.kind, d.order_key, "
              "d.title, d.content_type, d.target, d.created, d.next_attempt, d.attempts, d.state, "
              "d.lease, d.outcome, p.codec, p.digest, p.bytes "
              "FROM (SELECT sequence AS due FROM delivery "
              "WHERE head = 1 AND state = 'pending' AND destination = ?1 AND next_attempt <= ?2 "
              "UNION ALL SELECT sequence FROM delivery "
              "WHERE state = 'leased' AND destination = ?1 AND lease_until < ?2 "
              "ORDER BY due LIMIT ?3) JOIN delivery d ON d.sequence = due "
              "JOIN message m ON m.sequence = d.message JOIN payload p ON p.id = d.payload "
              "ORDER BY d.sequence",
              {destination, now, std::uint64_t{limit}});
    return all(row, Bytes::with);
}

std::optional<Instant> find_next_attempt(Connection& connection, std::string_view destination) {
    Query row(connection,
              "SELECT min(next_attempt) FROM delivery "
              "WHERE head = 1 AND state = 'pending' AND destination = ?1",
              {destination});
    if (!row.step() || row.is_null(0)) {
        return std::nullopt;
    }
    return row.instant(0);
}

std::optional<Delivery> find_delivery(Connection& connection, std::string_view id) {
    Query row(connection,
              "SELECT d.sequence, d.id, m.id, d.referral, d.destination, d.kind, d.order_key, "
              "d.title, d.content_type, d.target, d.created, d.next_attempt, d.attempts, d.state, "
              "d.lease, d.outcome, p.codec, p.digest, p.bytes FROM delivery d "
              "JOIN message m ON m.sequence = d.message JOIN payload p ON p.id = d.payload "
              "WHERE d.id = ?1",
              {id});
    auto found = all(row, Bytes::with);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Delivery> find_deliveries_of(Connection& connection, std::string_view message) {
    Query row(connection,
              "SELECT d.sequence, d.id, m.id, d.referral, d.destination, d.kind, d.order_key, "
              "d.title, d.content_type, d.target, d.created, d.next_attempt, d.attempts, d.state, "
              "d.lease, d.outcome, p.codec, p.digest, p.bytes FROM message m "
              "JOIN delivery d ON d.message = m.sequence JOIN payload p ON p.id = d.payload "
              "WHERE m.id = ?1 ORDER BY d.sequence",
              {message});
    return all(row, Bytes::with);
}

std::vector<Delivery> list_deliveries(Connection& connection, DeliveryState state,
                                      std::string_view destination, std::uint64_t after,
                                      std::size_t limit) {
    Query row(connection,
              "SELECT d.sequence, d.id, m.id, d.referral, d.destination, d.kind, d.order_key, "
              "d.title, d.content_type, d.target, d.created, d.next_attempt, d.attempts, d.state, "
              "d.lease, d.outcome FROM delivery d JOIN message m ON m.sequence = d.message "
              "WHERE d.state = ?1 AND (?2 = '' OR d.destination = ?2) AND d.sequence > ?3 "
              "ORDER BY d.sequence LIMIT ?4",
              {to_string(state), destination, after, std::uint64_t{limit}});
    return all(row, Bytes::without);
}

std::vector<DeliveryCount> count_deliveries(Connection& connection) {
    Query row(connection,
              "SELECT destination, state, count(*), min(created) FROM delivery "
              "WHERE state <> 'delivered' GROUP BY state, destination");
    std::vector<DeliveryCount> counts;
    while (row.step()) {
        counts.push_back({row.string(0), known(parse_delivery_state(row.text(1))), row.number(2),
                          row.instant(3)});
    }
    return counts;
}

}  // namespace gateway::sqlite
