#include <fmt/format.h>

#include <charconv>

#include "gateway/base/text.h"
#include "gateway/flow/store/sql/reads.h"

namespace gateway::sql {

namespace {

std::vector<TraceMeasure> measures_of(std::string_view text) {
    std::vector<TraceMeasure> measures;
    for (const std::string_view word : split(text, ' ')) {
        const std::size_t at = word.rfind('=');
        if (at != std::string_view::npos) {
            TraceMeasure measure{std::string(word.substr(0, at)), 0};
            std::from_chars(word.data() + at + 1, word.data() + word.size(), measure.value);
            measures.push_back(std::move(measure));
        }
    }
    return measures;
}

// The order of the columns in every query for resources below.
ResourceVersion resource_at(const Query& row, const KeyRing* keys) {
    ResourceVersion resource{row.string(0), row.string(1), row.number(2), row.string(3),
                             row.string(4), nullptr,       row.instant(5)};
    resource.bytes = open_payload(
        payload_at(row, 6), resource_place(resource.type, resource.id, resource.version), keys);
    return resource;
}

std::optional<ResourceVersion> first_resource(Query& row, const KeyRing* keys) {
    if (!row.step()) {
        return std::nullopt;
    }
    return resource_at(row, keys);
}

const char* referral_query(ReferralKey key) {
    switch (key) {
        case ReferralKey::id:
            return "SELECT id, task, version, placer_token, source, destination, message, status, "
                   "business_status, opened, changed FROM referral WHERE id = ?1 ORDER BY sequence";
        case ReferralKey::task:
            return "SELECT id, task, version, placer_token, source, destination, message, status, "
                   "business_status, opened, changed FROM referral WHERE task = ?1 "
                   "ORDER BY sequence";
        case ReferralKey::placer_token:
            return "SELECT id, task, version, placer_token, source, destination, message, status, "
                   "business_status, opened, changed FROM referral WHERE placer_token = ?1 "
                   "ORDER BY sequence";
    }
    throw std::logic_error("unknown referral key");
}

constexpr std::size_t asked_at_once = 16;

// (0, ?1, ?2), (1, ?3, ?4) …
std::string asked_places() {
    std::string places;
    for (std::size_t i = 0; i < asked_at_once; ++i) {
        places += fmt::format("{}({}, ?{}, ?{})", i == 0 ? "" : ", ", i, 2 * i + 1, 2 * i + 2);
    }
    return places;
}

}  // namespace

Trace find_trace(Connection& connection, std::string_view id) {
    // The events of a message, or of a referral with those of every message that touched it.
    Query row(connection,
              "WITH touched (message) AS (SELECT sequence FROM message WHERE id = ?1 UNION "
              "SELECT message FROM trace WHERE referral = ?1 AND message IS NOT NULL) "
              "SELECT m.id, t.referral, t.at, t.stage, t.text, t.measures "
              "FROM (SELECT id FROM trace WHERE message IN (SELECT message FROM touched) UNION "
              "SELECT id FROM trace WHERE referral = ?1) e JOIN trace t ON t.id = e.id "
              "LEFT JOIN message m ON m.sequence = t.message ORDER BY t.at, t.id",
              {id});
    Trace trace;
    while (row.step()) {
        trace.push_back({row.string(0), row.string(1), row.instant(2), row.string(3), row.string(4),
                         measures_of(row.text(5))});
    }
    return trace;
}

std::vector<AuditRecord> list_audit(Connection& connection, std::uint64_t after,
                                    std::size_t limit) {
    Query row(connection,
              "SELECT sequence, at, action, actor, message, referral, delivery, outcome, digest, "
              "previous, hash FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
              {after, std::uint64_t{limit}});
    std::vector<AuditRecord> records;
    while (row.step()) {
        records.push_back({row.number(0), row.instant(1), known(parse_audit_action(row.text(2))),
                           row.string(3), row.string(4), row.string(5), row.string(6),
                           row.string(7), row.string(8), row.digest(9), row.digest(10)});
    }
    return records;
}

std::vector<Referral> find_referrals(Connection& connection, ReferralKey key,
                                     std::string_view value) {
    Query row(connection, referral_query(key), {value});
    std::vector<Referral> referrals;
    while (!value.empty() && row.step()) {
        referrals.push_back({row.string(0), row.string(1), row.number(2), row.string(3),
                             row.string(4), row.string(5), row.string(6),
                             known(parse_task_status(row.text(7))), row.string(8), row.instant(9),
                             row.instant(10)});
    }
    return referrals;
}

// No join, so that however many rows there were when it was planned, each is looked up by its key.
std::vector<std::optional<ResourceMark>> find_marks(Connection& connection,
                                                    const std::vector<ResourceKey>& keys) {
    static const std::string sql = fmt::format(
        "WITH asked (place, type, id) AS (VALUES {}) "
        "SELECT a.place, (SELECT r.version FROM resource r WHERE r.type = a.type "
        "AND r.id = a.id ORDER BY r.version DESC LIMIT 1), "
        "(SELECT p.digest FROM resource r JOIN payload p ON p.id = r.payload "
        "WHERE r.type = a.type AND r.id = a.id ORDER BY r.version DESC LIMIT 1) "
        "FROM asked a",
        asked_places());
    std::vector<std::optional<ResourceMark>> marks(keys.size());
    for (std::size_t begin = 0; begin < keys.size(); begin += asked_at_once) {
        std::vector<Value> asked;
        for (std::size_t i = begin; i < begin + asked_at_once; ++i) {
            const ResourceKey key = i < keys.size() ? keys[i] : ResourceKey{};  // nobody's
            asked.insert(asked.end(), {key.type, key.id});
        }
        Query row(connection, sql.c_str(), asked);
        while (row.step()) {
            if (!row.is_null(1)) {
                marks[begin + row.number(0)] = ResourceMark{row.number(1), row.digest(2)};
            }
        }
    }
    return marks;
}

std::optional<ResourceVersion> find_latest(Connection& connection, const KeyRing* keys,
                                           std::string_view type, std::string_view id) {
    Query row(connection,
              "SELECT r.type, r.id, r.version, r.message, r.map_hash, r.at, p.codec, p.digest, "
              "p.bytes, k.wrapped FROM resource r JOIN payload p ON p.id = r.payload "
              "LEFT JOIN data_key k ON k.id = p.data_key "
              "WHERE r.type = ?1 AND r.id = ?2 ORDER BY r.version DESC LIMIT 1",
              {type, id});
    return first_resource(row, keys);
}

std::optional<ResourceVersion> find_version(Connection& connection, const KeyRing* keys,
                                            std::string_view type, std::string_view id,
                                            std::uint64_t version) {
    Query row(connection,
              "SELECT r.type, r.id, r.version, r.message, r.map_hash, r.at, p.codec, p.digest, "
              "p.bytes, k.wrapped FROM resource r JOIN payload p ON p.id = r.payload "
              "LEFT JOIN data_key k ON k.id = p.data_key "
              "WHERE r.type = ?1 AND r.id = ?2 AND r.version = ?3",
              {type, id, version});
    return first_resource(row, keys);
}

std::vector<ResourceVersion> find_with_token(Connection& connection, const KeyRing* keys,
                                             const TokenSearch& search, std::size_t limit) {
    Query row(connection,
              "SELECT r.type, r.id, r.version, r.message, r.map_hash, r.at, p.codec, p.digest, "
              "p.bytes, k.wrapped "
              "FROM search_token t JOIN resource r ON r.type = t.type AND r.id = t.id "
              "AND r.version = t.version JOIN payload p ON p.id = r.payload "
              "LEFT JOIN data_key k ON k.id = p.data_key "
              "WHERE t.type = ?1 AND t.parameter = ?2 AND t.token = ?3 AND t.version = "
              "(SELECT max(l.version) FROM resource l WHERE l.type = t.type AND l.id = t.id) "
              "ORDER BY t.id LIMIT ?4",
              {search.type, search.parameter, search.token, std::uint64_t{limit}});
    std::vector<ResourceVersion> resources;
    while (row.step()) {
        resources.push_back(resource_at(row, keys));
    }
    return resources;
}

std::vector<Change> list_changes(Connection& connection, std::uint64_t after, std::size_t limit) {
    Query row(connection,
              "SELECT sequence, type, id, version, at FROM change WHERE sequence > ?1 "
              "ORDER BY sequence LIMIT ?2",
              {after, std::uint64_t{limit}});
    std::vector<Change> changes;
    while (row.step()) {
        changes.push_back(
            {row.number(0), row.string(1), row.string(2), row.number(3), row.instant(4)});
    }
    return changes;
}

std::optional<Artefact> find_artefact(Connection& connection, std::string_view hash) {
    Query row(connection,
              "SELECT a.hash, a.kind, a.name, p.codec, p.digest, p.bytes, NULL FROM artefact a "
              "JOIN payload p ON p.id = a.payload WHERE a.hash = ?1",
              {hash});
    if (!row.step()) {
        return std::nullopt;
    }
    return Artefact{row.string(0), row.string(1), row.string(2),
                    read_plain_payload(payload_at(row, 3))};
}

std::vector<std::string> list_master_keys(Connection& connection) {
    Query row(connection, "SELECT id FROM master_key ORDER BY id");
    std::vector<std::string> ids;
    while (row.step()) {
        ids.push_back(row.string(0));
    }
    return ids;
}

std::vector<StoredPayloadKey> list_data_keys(Connection& connection, std::uint64_t after,
                                             std::size_t limit) {
    Query row(connection, "SELECT id, wrapped FROM data_key WHERE id > ?1 ORDER BY id LIMIT ?2",
              {after, std::uint64_t{limit}});
    std::vector<StoredPayloadKey> keys;
    while (row.step()) {
        keys.push_back({row.number(0), std::string(row.blob(1))});
    }
    return keys;
}

}  // namespace gateway::sql
