// Whose data keys may be destroyed, and destroying them.

#include "gateway/flow/store/sql/reads.h"
#include "gateway/flow/store/sql/writes.h"

namespace gateway::sql {

namespace {

// The same question as for the list, asked about one.
bool is_over(Connection& connection, std::int64_t message) {
    const auto sequence = static_cast<std::uint64_t>(message);
    Instant received;
    {
        Query row(connection, "SELECT received FROM message WHERE sequence = ?1", {message});
        if (!row.step()) {
            return false;
        }
        received = row.instant(0);
    }
    const auto found = list_expired(connection, received + std::chrono::microseconds(1),
                                    {received, sequence - 1, {}}, 1);
    return !found.empty() && found.front().sequence == sequence;
}

}  // namespace

// A delivery that is not done needs its bytes; a person looks at what is in quarantine; an open
// referral renders its answers from the request as it came.
std::vector<ExpiredMessage> list_expired(Connection& connection, Instant before,
                                         const ExpiredMessage& after, std::size_t limit) {
    Query row(connection,
              "SELECT m.received, m.sequence, m.id FROM message m "
              "WHERE m.keys_destroyed = 0 AND m.received < ?1 "
              "AND (m.received, m.sequence) > (?2, ?3) "
              "AND m.state IN ('filtered', 'sent', 'error') AND NOT EXISTS "
              "(SELECT 1 FROM delivery d WHERE d.message = m.sequence AND d.state <> 'delivered') "
              "AND NOT EXISTS (SELECT 1 FROM trace t JOIN referral r ON r.id = t.referral "
              "WHERE t.message = m.sequence AND r.status NOT IN "
              "('rejected', 'cancelled', 'completed', 'failed', 'entered-in-error')) "
              "ORDER BY m.received, m.sequence LIMIT ?4",
              {before, after.received, after.sequence, std::uint64_t{limit}});
    std::vector<ExpiredMessage> expired;
    while (row.step()) {
        expired.push_back({row.instant(0), row.number(1), row.string(2)});
    }
    return expired;
}

// Overwritten at its full length, so that SQLite writes over the bytes where they stand.
Written destroy_payload_keys(Connection& connection, const DestroyPayloadKeys& write) {
    const auto message = message_row(connection, write.message);
    if (!message) {
        return Refusal{Precondition::missing, write.message};
    }
    if (!is_over(connection, *message)) {
        return Refusal{Precondition::state, "still needed, or destroyed already"};
    }
    const std::string nothing = KeyRing::destroyed_key();
    connection.run_later(
        "UPDATE data_key SET wrapped = ?2 WHERE id IN (SELECT p.data_key FROM payload p "
        "WHERE p.id IN (SELECT payload FROM message WHERE sequence = ?1 UNION ALL "
        "SELECT payload FROM answer WHERE message = ?1 UNION ALL "
        "SELECT payload FROM delivery WHERE message = ?1))",
        {*message, Value::blob(nothing)});
    connection.run_later("UPDATE message SET keys_destroyed = ?2 WHERE sequence = ?1",
                         {*message, write.now});
    return 0U;
}

}  // namespace gateway::sql
