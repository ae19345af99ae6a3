#include "gateway/flow/store/sql/inspect.h"

#include <fmt/format.h>

#include <array>

#include "gateway/base/failure.h"
#include "gateway/flow/store/payload.h"
#include "gateway/flow/store/sql/reads.h"
#include "gateway/flow/store/sql/writes.h"

namespace gateway::sql {

namespace {

// A few: each may be as large as a body may be.
constexpr std::uint64_t payloads_per_page = 16;
constexpr std::uint64_t told_every = 1024;

// What rows say of other rows. Each query names one record that breaks the rule.
struct Rule {
    const char* sql;
    const char* broken;  // {}: the record
};

constexpr std::array rules = {
    Rule{"SELECT CAST(a.message AS TEXT) FROM answer a WHERE NOT EXISTS "
         "(SELECT 1 FROM message m WHERE m.sequence = a.message) LIMIT 1",
         "an answer belongs to message number {}, which is not there"},
    Rule{"SELECT d.id FROM delivery d WHERE NOT EXISTS "
         "(SELECT 1 FROM message m WHERE m.sequence = d.message) LIMIT 1",
         "the message of delivery {} is not there"},
    Rule{"SELECT CAST(d.message AS TEXT) FROM duplicate d WHERE NOT EXISTS "
         "(SELECT 1 FROM message m WHERE m.sequence = d.message) LIMIT 1",
         "a duplicate key belongs to message number {}, which is not there"},
    Rule{"SELECT CAST(t.message AS TEXT) FROM trace t WHERE t.message IS NOT NULL AND NOT EXISTS "
         "(SELECT 1 FROM message m WHERE m.sequence = t.message) LIMIT 1",
         "a line of the trace belongs to message number {}, which is not there"},
    // A lane without a head never moves again; with two it loses its order.
    Rule{"SELECT destination FROM delivery "
         "WHERE (state IN ('pending', 'leased', 'held') OR blocks = 1) AND order_key <> '' "
         "GROUP BY destination, order_key HAVING sum(head) <> 1 LIMIT 1",
         "a lane to {} has not exactly one delivery whose turn it is"},
    Rule{"SELECT type || '/' || id FROM resource GROUP BY type, id "
         "HAVING max(version) <> count(*) OR min(version) <> 1 LIMIT 1",
         "a version of {} is missing"},
    Rule{"SELECT t.type || '/' || t.id FROM search_token t WHERE NOT EXISTS "
         "(SELECT 1 FROM resource r WHERE r.type = t.type AND r.id = t.id "
         "AND r.version = t.version) LIMIT 1",
         "a search token names a version of {} that is not there"},
    Rule{"SELECT CAST(total AS TEXT) FROM (SELECT (SELECT count(*) FROM payload) - "
         "(SELECT count(*) FROM message) - (SELECT count(*) FROM answer) - "
         "(SELECT count(*) FROM delivery) - (SELECT count(*) FROM resource) - "
         "(SELECT count(*) FROM artefact) AS total) AS spare WHERE total <> 0",
         "there are {} payloads more than records that have one"},
};

// A family of records with payloads: number, id, type, version, then the payload's columns.
struct Family {
    const char* name;
    const char* sql;
    std::string (*place)(const Query& row);
};

constexpr std::array families = {
    Family{"message",
           "SELECT m.sequence, m.id, '', m.sequence, p.codec, p.digest, p.bytes, k.wrapped "
           "FROM message m LEFT JOIN payload p ON p.id = m.payload "
           "LEFT JOIN data_key k ON k.id = p.data_key "
           "WHERE m.sequence > ?1 ORDER BY m.sequence LIMIT ?2",
           [](const Query& row) { return message_place(row.text(1)); }},
    Family{"answer",
           "SELECT a.message, m.id, '', a.message, p.codec, p.digest, p.bytes, k.wrapped "
           "FROM answer a JOIN message m ON m.sequence = a.message "
           "LEFT JOIN payload p ON p.id = a.payload LEFT JOIN data_key k ON k.id = p.data_key "
           "WHERE a.message > ?1 ORDER BY a.message LIMIT ?2",
           [](const Query& row) { return answer_place(row.text(1)); }},
    Family{"delivery",
           "SELECT d.sequence, d.id, '', d.sequence, p.codec, p.digest, p.bytes, k.wrapped "
           "FROM delivery d LEFT JOIN payload p ON p.id = d.payload "
           "LEFT JOIN data_key k ON k.id = p.data_key "
           "WHERE d.sequence > ?1 ORDER BY d.sequence LIMIT ?2",
           [](const Query& row) { return delivery_place(row.text(1)); }},
    Family{
        "resource",
        "SELECT r.sequence, r.id, r.type, r.version, p.codec, p.digest, p.bytes, k.wrapped "
        "FROM resource r LEFT JOIN payload p ON p.id = r.payload "
        "LEFT JOIN data_key k ON k.id = p.data_key "
        "WHERE r.sequence > ?1 ORDER BY r.sequence LIMIT ?2",
        [](const Query& row) { return resource_place(row.text(2), row.text(1), row.number(3)); }},
};

std::uint64_t count_of(Connection& connection, const char* sql) {
    Query row(connection, sql);
    return row.step() ? row.number(0) : 0;
}

class Inspection final {
public:
    Inspection(Connection& connection, const KeyRing& keys, const InspectionProgress& progress,
               StoreReport& report)
        : connection_(connection), keys_(keys), progress_(progress), report_(report) {}

    void check_rules() {
        for (const Rule& rule : rules) {
            Query row(connection_, rule.sql);
            if (row.step()) {
                report_.fault = fmt::format(fmt::runtime(rule.broken), row.text(0));
                return;
            }
        }
    }

    void check_payloads() {
        for (const Family& family : families) {
            std::uint64_t after = 0;
            while (!report_.fault && take_page(family, after)) {
            }
        }
        if (!report_.fault) {
            check_artefacts();
        }
    }

private:
    // Whether there may be more.
    bool take_page(const Family& family, std::uint64_t& after) {
        Query row(connection_, family.sql, {after, payloads_per_page});
        std::uint64_t found = 0;
        while (row.step()) {
            after = row.number(0);
            ++found;
            const std::string where = family.place(row);
            try {
                check_is_there(row, 4);
                if (KeyRing::is_destroyed(row.blob(7))) {
                    ++report_.counts.payloads_destroyed;
                    continue;
                }
                open_payload(payload_at(row, 4), where, &keys_);
            } catch (const Failure& failure) {
                report_.fault = fmt::format("{} {}: {}", family.name, where, failure.internal());
                return false;
            }
            count_one();
        }
        return found == payloads_per_page;
    }

    // Maps, profiles and configuration: few, and plain.
    void check_artefacts() {
        Query row(connection_,
                  "SELECT a.hash, p.codec, p.digest, p.bytes, NULL FROM artefact a "
                  "LEFT JOIN payload p ON p.id = a.payload ORDER BY a.hash");
        while (row.step()) {
            try {
                check_is_there(row, 1);
                StoredPayload stored = payload_at(row, 1);
                const bool is_named = to_hex(stored.digest) == row.text(0);
                read_plain_payload(std::move(stored));
                if (!is_named) {
                    throw Failure(Category::fault, "its bytes are not those of its hash");
                }
            } catch (const Failure& failure) {
                report_.fault = fmt::format("artefact {}: {}", row.text(0), failure.internal());
                return;
            }
            count_one();
        }
    }

    static void check_is_there(const Query& row, int first) {
        if (row.is_null(first)) {
            throw Failure(Category::fault, "its payload is not there");
        }
    }

    void count_one() {
        if (++report_.counts.payloads_opened % told_every == 0 && progress_) {
            progress_(report_.counts.payloads_opened);
        }
    }

    Connection& connection_;
    const KeyRing& keys_;
    const InspectionProgress& progress_;
    StoreReport& report_;
};

}  // namespace

StoreMark read_mark(Connection& connection) {
    StoreMark mark;
    mark.schema =
        static_cast<std::int64_t>(count_of(connection, "SELECT max(version) FROM schema_version"));
    mark.messages = count_of(connection, "SELECT max(sequence) FROM message");
    mark.changes = count_of(connection, "SELECT max(sequence) FROM change");
    const AuditEnd end = read_audit_end(connection);
    mark.audit_records = end.sequence;
    mark.audit_last = end.hash;
    return mark;
}

std::vector<MasterKeyUse> count_data_keys(Connection& connection) {
    Query row(connection,
              "SELECT substr(wrapped, 1, 16), count(*) FROM data_key "
              "GROUP BY substr(wrapped, 1, 16) ORDER BY 1");
    std::vector<MasterKeyUse> uses;
    while (row.step()) {
        if (std::string id = KeyRing::master_of(row.blob(0)); !id.empty()) {
            uses.push_back({std::move(id), row.number(1)});
        }
    }
    return uses;
}

void inspect(Connection& connection, const KeyRing& keys, const InspectionProgress& progress,
             StoreReport& report) {
    report.mark = read_mark(connection);
    report.keys = count_data_keys(connection);
    StoreCounts& counts = report.counts;
    counts.messages = count_of(connection, "SELECT count(*) FROM message");
    counts.answers = count_of(connection, "SELECT count(*) FROM answer");
    counts.deliveries = count_of(connection, "SELECT count(*) FROM delivery");
    counts.unfinished =
        count_of(connection, "SELECT count(*) FROM delivery WHERE state <> 'delivered'");
    counts.resources = count_of(connection, "SELECT count(*) FROM resource");
    counts.artefacts = count_of(connection, "SELECT count(*) FROM artefact");
    Inspection inspection(connection, keys, progress, report);
    if (!report.fault) {
        inspection.check_rules();
    }
    if (!report.fault) {
        inspection.check_payloads();
    }
}

}  // namespace gateway::sql
