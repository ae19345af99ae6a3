#include <fmt/format.h>

#include <optional>

#include "gateway/flow/store/sql/writes.h"

namespace gateway::sql {

namespace {

// Nothing where the id is taken.
std::optional<std::int64_t> insert_message_row(Connection& connection, const Message& message,
                                               const PayloadRow& payload) {
    const std::int64_t row = insert_payload(connection, payload);
    return connection.insert(
        "INSERT INTO message (id, channel, partner, authenticated_by, fingerprint, order_key, "
        "content_type, control_id, duplicate_key, duplicate_digest, received, state, reason, "
        "settings_hash, payload, holder) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
        "ON CONFLICT (id) DO NOTHING",
        "sequence",
        {message.id, message.channel, message.sender.partner, to_string(message.sender.by),
         message.sender.fingerprint, message.order_key, message.content_type, message.control_id,
         message.duplicate_key, message.duplicate_digest, message.received,
         to_string(message.state), message.reason, message.settings_hash, row,
         message.state == MessageState::received ? std::string_view{message.holder} : ""});
}

// The message that holds the key now; nothing if nobody does, or for too long.
std::optional<std::string> holder(Connection& connection, const Message& message,
                                  std::chrono::milliseconds kept) {
    Query query(connection,
                "SELECT m.id FROM duplicate d JOIN message m ON m.sequence = d.message "
                "WHERE d.partner = ?1 AND d.duplicate_key = ?2 AND d.received >= ?3",
                {message.sender.partner, message.duplicate_key, message.received - kept});
    if (!query.step()) {
        return std::nullopt;
    }
    return query.string(0);
}

// The key is free: nobody has it, or for too long, or it is given up by the one who has it.
bool take_key(Connection& connection, const AddMessage& write, std::int64_t sequence,
              std::chrono::milliseconds kept) {
    const Message& message = write.message;
    return connection.run_one(
        "INSERT INTO duplicate (partner, duplicate_key, message, received) "
        "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (partner, duplicate_key) "
        "DO UPDATE SET message = excluded.message, received = excluded.received "
        "WHERE duplicate.received < ?5 "
        "OR duplicate.message = (SELECT m.sequence FROM message m WHERE m.id = ?6) "
        "OR NOT EXISTS (SELECT 1 FROM message m WHERE m.sequence = duplicate.message)",
        {message.sender.partner, message.duplicate_key, sequence, message.received,
         message.received - kept,
         write.on_duplicate == OnDuplicate::replace ? std::string_view{write.holder} : ""});
}

}  // namespace

std::int64_t insert_data_key(Connection& connection, const std::string& wrapped) {
    return connection
        .insert("INSERT INTO data_key (wrapped) VALUES (?1)", "id", {Value::blob(wrapped)})
        .value();
}

std::int64_t insert_payload(Connection& connection, const PayloadRow& payload) {
    const StoredPayload& stored = payload.stored;
    return connection
        .insert("INSERT INTO payload (codec, digest, bytes, data_key) VALUES (?1, ?2, ?3, ?4)",
                "id",
                {static_cast<std::int64_t>(stored.codec), stored.digest, Value::blob(*stored.bytes),
                 payload.data_key ? Value(*payload.data_key) : Value(nullptr)})
        .value();
}

std::optional<std::int64_t> message_row(Connection& connection, std::string_view id) {
    if (connection.known_message && connection.known_message->id == id) {
        return connection.known_message->row;
    }
    Query query(connection, "SELECT sequence FROM message WHERE id = ?1", {id});
    if (!query.step()) {
        return std::nullopt;
    }
    connection.known_message = {std::string(id), query.integer(0)};
    return query.integer(0);
}

Written add_message(Connection& connection, const AddMessage& write, const PayloadRow& payload,
                    std::chrono::milliseconds duplicates_kept) {
    const Message& message = write.message;
    const auto sequence = insert_message_row(connection, message, payload);
    if (!sequence) {
        return Refusal{Precondition::unique_key, message.id};
    }
    connection.known_message = {message.id, *sequence};
    if (!message.duplicate_key.empty() &&
        !take_key(connection, write, *sequence, duplicates_kept)) {
        return Refusal{Precondition::unique_key,
                       holder(connection, message, duplicates_kept).value_or("")};
    }
    return static_cast<std::uint64_t>(*sequence);
}

Written set_message_state(Connection& connection, const SetMessageState& write) {
    const bool is_set = connection.run_one(
        "UPDATE message SET state = ?3, reason = ?4, "
        "settings_hash = CASE ?5 WHEN '' THEN settings_hash ELSE ?5 END, holder = '' "
        "WHERE id = ?1 AND state = ?2",
        {write.message, to_string(write.expected), to_string(write.next), write.reason,
         write.settings_hash});
    if (is_set) {
        return 0U;
    }
    Query query(connection, "SELECT state FROM message WHERE id = ?1", {write.message});
    if (!query.step()) {
        return Refusal{Precondition::missing, write.message};
    }
    return Refusal{Precondition::state, query.string(0)};
}

Written await_turn(Connection& connection, const AwaitTurn& write) {
    const bool is_ours = connection.is_so(
        "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.state = 'received' "
        "AND m.order_key = ?2 AND m.sequence < coalesce((SELECT o.sequence FROM message o "
        "WHERE o.id = ?1), 9223372036854775807))",
        {write.message, write.order_key});
    if (is_ours) {
        return 0U;
    }
    Query first(connection,
                "SELECT id FROM message WHERE state = 'received' AND order_key = ?1 "
                "ORDER BY sequence LIMIT 1",
                {write.order_key});
    return Refusal{Precondition::turn, first.step() ? first.string(0) : std::string{}};
}

namespace {

// Why a write that wants a message as it was read found another.
Refusal not_in_hand(Connection& connection, const std::string& message) {
    Query query(connection, "SELECT state, lease, holder FROM message WHERE id = ?1", {message});
    if (!query.step()) {
        return {Precondition::missing, message};
    }
    if (query.text(0) != to_string(MessageState::received)) {
        return {Precondition::state, query.string(0)};
    }
    return {Precondition::lease, fmt::format("lease {} of {}", query.integer(1), query.text(2))};
}

}  // namespace

Written keep_message(Connection& connection, const KeepMessage& write) {
    const bool is_ours = connection.is_so(
        "SELECT 1 AS one FROM message WHERE id = ?1 AND state = 'received' AND lease = ?2",
        {write.message, write.lease});
    if (!is_ours) {
        return not_in_hand(connection, write.message);
    }
    return 0U;
}

Written take_message(Connection& connection, const TakeMessage& write) {
    const bool is_taken = connection.run_one(
        "UPDATE message SET holder = ?3, lease = lease + 1 "
        "WHERE id = ?1 AND state = 'received' AND lease = ?2 AND NOT EXISTS "
        "(SELECT 1 FROM duty d WHERE d.name = 'gateway:' || message.holder AND d.until > ?4)",
        {write.message, write.lease, write.holder, write.now});
    if (!is_taken) {
        return not_in_hand(connection, write.message);
    }
    return write.lease + 1;
}

Written hold_duty(Connection& connection, const HoldDuty& write) {
    constexpr std::chrono::days kept{30};
    const bool is_held = connection.run_one(
        "INSERT INTO duty (name, holder, until, note) VALUES (?1, ?2, ?4, ?5) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, "
        "note = CASE ?6 WHEN 1 THEN excluded.note ELSE duty.note END "
        "WHERE duty.holder = excluded.holder OR duty.until <= ?3",
        {write.name, write.holder, write.now, write.until,
         write.note ? std::string_view{*write.note} : "", std::int64_t{write.note.has_value()}});
    if (!is_held) {
        Query query(connection, "SELECT holder FROM duty WHERE name = ?1", {write.name});
        return Refusal{Precondition::lease, query.step() ? query.string(0) : std::string{}};
    }
    connection.run_later("DELETE FROM duty WHERE name LIKE 'gateway:%' AND until < ?1",
                         {write.now - kept});
    return 0U;
}

Written mark_sent(Connection& connection, const MarkSent& write) {
    connection.run_later(
        "UPDATE message SET state = 'sent', reason = '' WHERE id = ?1 AND state = 'queued' "
        "AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message = message.sequence "
        "AND d.state <> 'delivered')",
        {write.message});
    return 0U;
}

Written add_answer(Connection& connection, const AddAnswer& write, const PayloadRow& payload) {
    const Answer& answer = write.answer;
    const auto message = message_row(connection, answer.message);
    if (!message) {
        return Refusal{Precondition::missing, answer.message};
    }
    const std::int64_t row = insert_payload(connection, payload);
    const bool is_first = connection.run_one(
        "INSERT INTO answer (message, content_type, code, at, payload) "
        "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (message) DO NOTHING",
        {*message, answer.content_type, answer.code, answer.at, row});
    if (!is_first) {
        return Refusal{Precondition::unique_key, answer.message};
    }
    return 0U;
}

}  // namespace gateway::sql
