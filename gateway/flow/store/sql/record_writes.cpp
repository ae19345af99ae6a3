#include <fmt/format.h>

#include <optional>

#include "gateway/flow/store/sql/writes.h"

namespace gateway::sql {

namespace {

std::string measures_text(const std::vector<TraceMeasure>& measures) {
    std::string text;
    for (const TraceMeasure& measure : measures) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", measure.name, measure.value);
    }
    return text;
}

std::uint64_t latest_version(Connection& connection, const std::string& type,
                             const std::string& id) {
    Query query(connection, "SELECT max(version) FROM resource WHERE type = ?1 AND id = ?2",
                {type, id});
    return query.step() ? query.number(0) : 0;
}

std::uint64_t referral_version(Connection& connection, const Referral& referral) {
    Query query(connection, "SELECT version FROM referral WHERE id = ?1 AND task = ?2",
                {referral.id, referral.task});
    return query.step() ? query.number(0) : 0;
}

Refusal wrong_version(std::uint64_t found) {
    return {Precondition::version, std::to_string(found)};
}

// Another resource that has the token in its latest version.
std::optional<std::string> other_holder(Connection& connection, const AddSearchToken& write) {
    Query query(connection,
                "SELECT t.id FROM search_token t WHERE t.type = ?1 AND t.parameter = ?2 "
                "AND t.token = ?3 AND t.id <> ?4 AND t.version = (SELECT max(r.version) "
                "FROM resource r WHERE r.type = t.type AND r.id = t.id) LIMIT 1",
                {write.type, write.parameter, write.token, write.id});
    if (!query.step()) {
        return std::nullopt;
    }
    return query.string(0);
}

}  // namespace

AuditEnd read_audit_end(Connection& connection) {
    Query query(connection, "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1");
    return query.step() ? AuditEnd{query.number(0), query.digest(1)} : AuditEnd{};
}

Written add_audit(Connection& connection, const AddAudit& write, AuditEnd& end) {
    AuditRecord record = write.record;
    record.sequence = end.sequence + 1;
    record.previous = end.hash;
    record.hash = chained_hash(record.previous, record);
    connection.run_later(
        "INSERT INTO audit (sequence, at, action, actor, message, referral, delivery, outcome, "
        "digest, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        {record.sequence, record.at, to_string(record.action), record.actor, record.message,
         record.referral, record.delivery, record.outcome, record.digest, record.previous,
         record.hash});
    end = {record.sequence, record.hash};
    return record.sequence;
}

Written add_trace(Connection& connection, const AddTrace& write) {
    const TraceEvent& event = write.event;
    const std::string measures = measures_text(event.measures);
    const Value referral = event.referral.empty() ? Value(nullptr) : Value(event.referral);
    const auto& known = connection.known_message;
    if (event.message.empty() || (known && known->id == event.message)) {
        connection.run_later(
            "INSERT INTO trace (message, referral, at, stage, text, measures) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            {event.message.empty() ? Value(nullptr) : Value(known->row), referral, event.at,
             event.stage, event.text, measures});
        return 0U;
    }
    const bool is_there = connection.run_one(
        "INSERT INTO trace (message, referral, at, stage, text, measures) "
        "SELECT m.sequence, ?2, ?3, ?4, ?5, ?6 FROM message m WHERE m.id = ?1",
        {event.message, referral, event.at, event.stage, event.text, measures});
    if (!is_there) {
        return Refusal{Precondition::missing, event.message};
    }
    return 0U;
}

Written put_resource(Connection& connection, const PutResource& write, const PayloadRow& payload) {
    const ResourceVersion& resource = write.resource;
    const std::uint64_t version = write.expected_version + 1;
    const std::int64_t row = insert_payload(connection, payload);
    const bool is_next = connection.run_one(
        "INSERT INTO resource (type, id, version, message, map_hash, at, payload) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?3 = 1 + coalesce((SELECT max(r.version) "
        "FROM resource r WHERE r.type = ?1 AND r.id = ?2), 0)",
        {resource.type, resource.id, version, resource.message, resource.map_hash, resource.at,
         row});
    if (!is_next) {
        return wrong_version(latest_version(connection, resource.type, resource.id));
    }
    add_change(connection, {0, resource.type, resource.id, version, resource.at});
    return version;
}

Written add_search_token(Connection& connection, const AddSearchToken& write) {
    const bool is_free = connection.run_one(
        "INSERT INTO search_token (type, parameter, token, id, version) "
        "SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?6 = 0 OR NOT EXISTS (SELECT 1 FROM search_token t "
        "WHERE t.type = ?1 AND t.parameter = ?2 AND t.token = ?3 AND t.id <> ?4 "
        "AND t.version = (SELECT max(r.version) FROM resource r "
        "WHERE r.type = t.type AND r.id = t.id)) "
        "ON CONFLICT (type, parameter, token, id) DO UPDATE SET version = "
        "CASE WHEN excluded.version > search_token.version THEN excluded.version "
        "ELSE search_token.version END",
        {write.type, write.parameter, write.token, write.id, write.version,
         std::int64_t{write.rule == TokenRule::unique}});
    if (!is_free) {
        return Refusal{Precondition::unique_key, other_holder(connection, write).value_or("")};
    }
    return 0U;
}

Written put_referral(Connection& connection, const PutReferral& write) {
    const Referral& referral = write.referral;
    const std::uint64_t version = write.expected_version + 1;
    const bool is_next = connection.run_one(
        "INSERT INTO referral (id, task, version, placer_token, source, destination, message, "
        "status, business_status, opened, changed) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?3 = 1 + coalesce((SELECT "
        "r.version FROM referral r WHERE r.id = ?1 AND r.task = ?2), 0) "
        "ON CONFLICT (id, task) DO UPDATE SET version = excluded.version, "
        "placer_token = excluded.placer_token, source = excluded.source, "
        "destination = excluded.destination, message = excluded.message, "
        "status = excluded.status, business_status = excluded.business_status, "
        "opened = excluded.opened, changed = excluded.changed",
        {referral.id, referral.task, version, referral.placer_token, referral.source,
         referral.destination, referral.message, to_string(referral.status),
         referral.business_status, referral.opened, referral.changed});
    if (!is_next) {
        return wrong_version(referral_version(connection, referral));
    }
    return version;
}

Written put_artefact(Connection& connection, const PutArtefact& write, const PayloadRow& payload) {
    const Artefact& artefact = write.artefact;
    std::string hash = to_hex(payload.stored.digest);
    if (hash != artefact.hash) {
        return Refusal{Precondition::content, std::move(hash)};
    }
    if (Query(connection, "SELECT 1 FROM artefact WHERE hash = ?1", {artefact.hash}).step()) {
        return 0U;
    }
    const std::int64_t row = insert_payload(connection, payload);
    connection.run_later("INSERT INTO artefact (hash, kind, name, payload) VALUES (?1, ?2, ?3, ?4)",
                         {artefact.hash, artefact.kind, artefact.name, row});
    return 0U;
}

Written add_change(Connection& connection, const Change& change) {
    return static_cast<std::uint64_t>(
        connection
            .insert("INSERT INTO change (type, id, version, at) VALUES (?1, ?2, ?3, ?4)",
                    "sequence", {change.type, change.id, change.version, change.at})
            .value());
}

Written rewrap_data_key(Connection& connection, const RewrapPayloadKey& write) {
    connection.run("UPDATE data_key SET wrapped = ?3 WHERE id = ?1 AND wrapped = ?2",
                   {write.id, Value::blob(write.as_read), Value::blob(write.wrapped)});
    return 0U;
}

// All of the ring: where others write too, one of them may go on with another order.
Written note_master_keys(Connection& connection, const UseKeyRing& write) {
    for (const std::string& id : write.keys->ids()) {
        connection.run("INSERT INTO master_key (id) VALUES (?1) ON CONFLICT DO NOTHING", {id});
    }
    return 0U;
}

Written forget_other_master_keys(Connection& connection, const ForgetOtherMasterKeys& write) {
    connection.run("DELETE FROM master_key WHERE id <> ?1", {write.current});
    return 0U;
}

}  // namespace gateway::sql
