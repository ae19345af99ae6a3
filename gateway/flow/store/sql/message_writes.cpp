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
        "settings_hash, payload) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
        "ON CONFLICT (id) DO NOTHING",
        "sequence",
        {message.id, message.channel, message.sender.partner, to_string(message.sender.by),
         message.sender.fingerprint, message.order_key, message.content_type, message.control_id,
         message.duplicate_key, message.duplicate_digest, message.received,
         to_string(message.state), message.reason, message.settings_hash, row});
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
         write.on_duplicate == OnDuplicate::replace ? std::string_view(write.holder) : ""});
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
        "settings_hash = CASE ?5 WHEN '' THEN settings_hash ELSE ?5 END "
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
