#include "gateway/flow/store/sql/reads.h"

namespace gateway::sql {

namespace {

// The order of the columns in the queries below.
Message message_at(const Query& row) {
    Message message;
    message.sequence = row.number(0);
    message.id = row.string(1);
    message.channel = row.string(2);
    message.sender = {row.string(3), known(parse_authenticated_by(row.text(4))), row.string(5)};
    message.order_key = row.string(6);
    message.content_type = row.string(7);
    message.control_id = row.string(8);
    message.duplicate_key = row.string(9);
    message.duplicate_digest = row.digest(10);
    message.received = row.instant(11);
    message.state = known(parse_message_state(row.text(12)));
    message.reason = row.string(13);
    message.settings_hash = row.string(14);
    message.digest = row.digest(15);
    message.holder = row.string(16);
    message.lease = row.number(17);
    return message;
}

std::vector<Message> messages_of(Query& row) {
    std::vector<Message> messages;
    while (row.step()) {
        messages.push_back(message_at(row));
    }
    return messages;
}

}  // namespace

StoredPayload payload_at(const Query& query, int first) {
    return {static_cast<PayloadCodec>(query.integer(first)), query.digest(first + 1),
            std::make_shared<const std::string>(query.blob(first + 2)),
            query.is_null(first + 3) ? nullptr
                                     : std::make_shared<const std::string>(query.blob(first + 3))};
}

std::optional<Message> find_message(Connection& connection, const KeyRing* keys,
                                    std::string_view id) {
    Query row(
        connection,
        "SELECT m.sequence, m.id, m.channel, m.partner, m.authenticated_by, m.fingerprint, "
        "m.order_key, m.content_type, m.control_id, m.duplicate_key, m.duplicate_digest, "
        "m.received, m.state, m.reason, m.settings_hash, p.digest, m.holder, m.lease, p.codec, "
        "p.digest, p.bytes, k.wrapped FROM message m JOIN payload p ON p.id = m.payload "
        "LEFT JOIN data_key k ON k.id = p.data_key WHERE m.id = ?1",
        {id});
    if (!row.step()) {
        return std::nullopt;
    }
    Message message = message_at(row);
    message.bytes = open_payload(payload_at(row, 18), message_place(message.id), keys);
    return message;
}

std::optional<MessageState> find_message_state(Connection& connection, std::string_view id) {
    Query row(connection, "SELECT state FROM message WHERE id = ?1", {id});
    return row.step() ? std::optional(known(parse_message_state(row.text(0)))) : std::nullopt;
}

std::vector<Message> list_messages(Connection& connection, MessageState state, std::uint64_t after,
                                   std::size_t limit) {
    Query row(connection,
              "SELECT m.sequence, m.id, m.channel, m.partner, m.authenticated_by, m.fingerprint, "
              "m.order_key, m.content_type, m.control_id, m.duplicate_key, m.duplicate_digest, "
              "m.received, m.state, m.reason, m.settings_hash, p.digest, "
              "m.holder, m.lease "
              "FROM message m JOIN payload p ON p.id = m.payload "
              "WHERE m.state = ?1 AND m.sequence > ?2 ORDER BY m.sequence LIMIT ?3",
              {to_string(state), after, std::uint64_t{limit}});
    return messages_of(row);
}

// The state stands in the text: only so is the index of these few rows used.
std::vector<Message> list_received_of(Connection& connection, std::string_view order_key,
                                      std::uint64_t after, std::size_t limit) {
    Query row(connection,
              "SELECT m.sequence, m.id, m.channel, m.partner, m.authenticated_by, m.fingerprint, "
              "m.order_key, m.content_type, m.control_id, m.duplicate_key, m.duplicate_digest, "
              "m.received, m.state, m.reason, m.settings_hash, p.digest, "
              "m.holder, m.lease "
              "FROM message m JOIN payload p ON p.id = m.payload "
              "WHERE m.state = 'received' AND m.order_key = ?1 AND m.sequence > ?2 "
              "ORDER BY m.sequence LIMIT ?3",
              {order_key, after, std::uint64_t{limit}});
    return messages_of(row);
}

std::vector<Message> list_stranded(Connection& connection, std::uint64_t after, std::size_t limit) {
    Query row(connection,
              "SELECT m.sequence, m.id, m.channel, m.partner, m.authenticated_by, m.fingerprint, "
              "m.order_key, m.content_type, m.control_id, m.duplicate_key, m.duplicate_digest, "
              "m.received, m.state, m.reason, m.settings_hash, p.digest, "
              "m.holder, m.lease "
              "FROM message m JOIN payload p ON p.id = m.payload "
              "WHERE m.state = 'quarantined' AND m.sequence > ?1 AND NOT EXISTS "
              "(SELECT 1 FROM delivery d WHERE d.message = m.sequence) "
              "ORDER BY m.sequence LIMIT ?2",
              {after, std::uint64_t{limit}});
    return messages_of(row);
}

std::optional<Duplicate> find_duplicate(Connection& connection, const KeyRing* keys,
                                        std::string_view partner, std::string_view key,
                                        Instant received_since) {
    Query row(connection,
              "SELECT m.id, m.duplicate_digest, m.state, a.content_type, a.code, a.at, p.codec, "
              "p.digest, p.bytes, k.wrapped, m.settings_hash, m.keys_destroyed "
              "FROM duplicate d JOIN message m ON m.sequence = d.message "
              "LEFT JOIN answer a ON a.message = d.message LEFT JOIN payload p ON p.id = a.payload "
              "LEFT JOIN data_key k ON k.id = p.data_key "
              "WHERE d.partner = ?1 AND d.duplicate_key = ?2 AND d.received >= ?3",
              {partner, key, received_since});
    if (!row.step()) {
        return std::nullopt;
    }
    Duplicate duplicate{row.string(0),
                        row.digest(1),
                        known(parse_message_state(row.text(2))),
                        row.string(10),
                        {},
                        row.integer(11) != 0};
    if (!row.is_null(3) && !duplicate.is_destroyed) {
        duplicate.answer =
            Answer{duplicate.message, row.string(3), row.string(4),
                   open_payload(payload_at(row, 6), answer_place(duplicate.message), keys),
                   row.instant(5)};
    }
    return duplicate;
}

std::optional<Answer> find_answer(Connection& connection, const KeyRing* keys,
                                  std::string_view message) {
    Query row(connection,
              "SELECT m.id, a.content_type, a.code, a.at, p.codec, p.digest, p.bytes, k.wrapped "
              "FROM message m JOIN answer a ON a.message = m.sequence "
              "JOIN payload p ON p.id = a.payload "
              "LEFT JOIN data_key k ON k.id = p.data_key WHERE m.id = ?1",
              {message});
    if (!row.step()) {
        return std::nullopt;
    }
    return Answer{row.string(0), row.string(1), row.string(2),
                  open_payload(payload_at(row, 4), answer_place(row.text(0)), keys),
                  row.instant(3)};
}

std::optional<Duty> find_duty(Connection& connection, std::string_view name) {
    Query row(connection, "SELECT holder, until, note FROM duty WHERE name = ?1", {name});
    return row.step() ? std::optional(Duty{row.string(0), row.instant(1), row.string(2)})
                      : std::nullopt;
}

std::vector<MessageCount> count_messages(Connection& connection) {
    Query row(connection, "SELECT state, count(*) FROM message GROUP BY state");
    std::vector<MessageCount> counts;
    while (row.step()) {
        counts.push_back({known(parse_message_state(row.text(0))), row.number(1)});
    }
    return counts;
}

}  // namespace gateway::sql
