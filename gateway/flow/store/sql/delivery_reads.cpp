#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gateway/flow/store/sql/reads.h"

namespace gateway::sql {

namespace {

// Which deliveries, and what beside them: `rest` goes on behind the columns that delivery_at()
// reads.
std::string select_deliveries(std::string_view rest) {
    return "SELECT d.sequence, d.id, m.id, d.referral, d.destination, d.kind, d.order_key, "
           "d.title, d.content_type, d.target, d.created, d.next_attempt, d.attempts, d.state, "
           "d.lease, d.outcome, d.failures, d.budget_from, d.blocks, m.keys_destroyed" +
           std::string(rest);
}

// The order of the columns in select_deliveries().
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
    delivery.failures = static_cast<std::uint32_t>(row.integer(16));
    delivery.budget_from = row.instant(17);
    delivery.blocks = row.integer(18) != 0;
    delivery.is_destroyed = row.integer(19) != 0;
    return delivery;
}

std::vector<Delivery> all(Query& row) {
    std::vector<Delivery> deliveries;
    while (row.step()) {
        deliveries.push_back(delivery_at(row));
    }
    return deliveries;
}

// Nearly all deliveries are delivered ones: walking the table is the shortest way.
std::vector<Delivery> list_delivered(Connection& connection, std::string_view destination,
                                     std::uint64_t after, std::size_t limit) {
    static const std::string sql = select_deliveries(
        " FROM delivery d JOIN message m ON m.sequence = d.message WHERE d.state = 'delivered' AND "
        "(?1 = '' OR d.destination = ?1) AND d.sequence > ?2 ORDER BY d.sequence LIMIT ?3");
    Query row(connection, sql.c_str(), {destination, after, std::uint64_t{limit}});
    return all(row);
}

// `state <> 'delivered'` lets the database see that the index of the unfinished ones will do.
std::vector<Delivery> list_unfinished(Connection& connection, DeliveryState state,
                                      std::string_view destination, std::uint64_t after,
                                      std::size_t limit) {
    static const std::string sql = select_deliveries(
        " FROM delivery d JOIN message m ON m.sequence = d.message WHERE d.state <> 'delivered' "
        "AND d.state = ?1 AND d.destination = ?2 AND d.sequence > ?3 ORDER BY d.sequence LIMIT ?4");
    Query row(connection, sql.c_str(),
              {to_string(state), destination, after, std::uint64_t{limit}});
    return all(row);
}

// From one destination to the next by index, past however many deliveries each has.
std::vector<std::string> destinations_with(Connection& connection, DeliveryState state) {
    std::vector<std::string> destinations;
    std::string last;
    while (true) {
        Query row(connection,
                  "SELECT min(destination) FROM delivery "
                  "WHERE state <> 'delivered' AND state = ?1 AND destination > ?2",
                  {to_string(state), last});
        if (!row.step() || row.is_null(0)) {
            return destinations;
        }
        last = row.string(0);
        destinations.push_back(last);
    }
}

std::string select_waiting(std::string_view by_time) {
    return select_deliveries(
        fmt::format(" FROM delivery d JOIN message m ON m.sequence = d.message WHERE d.head = 1 "
                    "AND d.state = 'pending' AND d.destination = ?1 AND d.next_attempt {} ?2 "
                    "ORDER BY d.next_attempt, d.sequence LIMIT ?3",
                    by_time));
}

}  // namespace

std::vector<Delivery> find_due(Connection& connection, std::string_view destination,
                               const DueTime& time, std::size_t limit) {
    static const std::string overdue_sql = select_deliveries(
        " FROM delivery d JOIN message m ON m.sequence = d.message WHERE d.state = 'leased' AND "
        "d.destination = ?1 AND d.lease_until < ?2 ORDER BY d.lease_until LIMIT ?3");
    Query overdue(connection, overdue_sql.c_str(), {destination, time.now, std::uint64_t{limit}});
    std::vector<Delivery> due = all(overdue);
    // In the order of the index, which the limit cuts short: a million that wait cost nothing.
    const auto add_waiting = [&](const std::string& sql, Instant bound) {
        Query waiting(connection, sql.c_str(),
                      {destination, bound, std::uint64_t{limit - due.size()}});
        auto more = all(waiting);
        std::move(more.begin(), more.end(), std::back_inserter(due));
    };
    static const std::string waiting_sql = select_waiting("<=");
    add_waiting(waiting_sql, time.now);
    if (time.longest_wait && due.size() < limit) {
        static const std::string set_back_sql = select_waiting(">");
        add_waiting(set_back_sql, *time.longest_wait);
    }
    return due;
}

std::optional<Instant> find_next_attempt(Connection& connection, std::string_view destination) {
    Query row(connection,
              "SELECT min(due) FROM (SELECT min(next_attempt) AS due FROM delivery "
              "WHERE head = 1 AND state = 'pending' AND destination = ?1 "
              "UNION ALL SELECT min(lease_until) FROM delivery "
              "WHERE state = 'leased' AND destination = ?1) AS times",
              {destination});
    if (!row.step() || row.is_null(0)) {
        return std::nullopt;
    }
    return row.instant(0);
}

std::optional<Delivery> find_delivery(Connection& connection, const KeyRing* keys,
                                      std::string_view id) {
    static const std::string sql = select_deliveries(
        ", p.codec, p.digest, p.bytes, k.wrapped FROM delivery d "
        "JOIN message m ON m.sequence = d.message JOIN payload p ON p.id = d.payload "
        "LEFT JOIN data_key k ON k.id = p.data_key WHERE d.id = ?1");
    Query row(connection, sql.c_str(), {id});
    if (!row.step()) {
        return std::nullopt;
    }
    Delivery delivery = delivery_at(row);
    delivery.bytes = open_payload(payload_at(row, 20), delivery_place(delivery.id), keys);
    return delivery;
}

std::optional<Delivery> find_delivery_record(Connection& connection, std::string_view id) {
    static const std::string sql = select_deliveries(
        " FROM delivery d JOIN message m ON m.sequence = d.message WHERE d.id = ?1");
    Query row(connection, sql.c_str(), {id});
    auto found = all(row);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Delivery> find_deliveries_of(Connection& connection, std::string_view message) {
    static const std::string sql = select_deliveries(
        " FROM message m JOIN delivery d ON d.message = m.sequence WHERE m.id = ?1 ORDER BY "
        "d.sequence");
    Query row(connection, sql.c_str(), {message});
    return all(row);
}

std::vector<Delivery> list_deliveries(Connection& connection, DeliveryState state,
                                      std::string_view destination, std::uint64_t after,
                                      std::size_t limit) {
    if (state == DeliveryState::delivered) {
        return list_delivered(connection, destination, after, limit);
    }
    if (!destination.empty()) {
        return list_unfinished(connection, state, destination, after, limit);
    }
    std::vector<Delivery> deliveries;
    for (const std::string& each : destinations_with(connection, state)) {
        auto more = list_unfinished(connection, state, each, after, limit);
        std::move(more.begin(), more.end(), std::back_inserter(deliveries));
    }
    std::ranges::sort(deliveries, {}, &Delivery::sequence);
    if (deliveries.size() > limit) {
        deliveries.resize(limit);
    }
    return deliveries;
}

std::vector<DeliveryCount> count_deliveries(Connection& connection) {
    Query row(connection,
              "SELECT c.destination, c.state, c.waiting, d.created "
              "FROM (SELECT destination, state, count(*) AS waiting, min(sequence) AS oldest "
              "FROM delivery WHERE state <> 'delivered' GROUP BY state, destination) c "
              "JOIN delivery d ON d.sequence = c.oldest");
    std::vector<DeliveryCount> counts;
    while (row.step()) {
        counts.push_back({row.string(0), known(parse_delivery_state(row.text(1))), row.number(2),
                          row.instant(3)});
    }
    return counts;
}

}  // namespace gateway::sql
