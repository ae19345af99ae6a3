#include "gateway/flow/audit/verify.h"

#include <fmt/format.h>

#include <stdexcept>

namespace gateway {

namespace {

constexpr std::size_t records_per_page = 1000;

AuditFinding finding(std::uint64_t sequence, AuditFault fault, std::string_view text) {
    return {sequence, fault, fmt::format("audit record {}: {}", sequence, text)};
}

}  // namespace

std::string_view to_string(AuditFault fault) {
    switch (fault) {
        case AuditFault::gap:
            return "gap";
        case AuditFault::link:
            return "link";
        case AuditFault::content:
            return "content";
    }
    throw std::logic_error("unknown audit fault");
}

std::optional<AuditFinding> check_record(const AuditRecord& record, std::uint64_t sequence,
                                         const Sha256& hash) {
    if (record.sequence != sequence + 1) {
        return finding(sequence + 1, AuditFault::gap,
                       fmt::format("is missing; the next one there is {}", record.sequence));
    }
    if (record.previous != hash) {
        return finding(record.sequence, AuditFault::link,
                       "does not follow the one before it: one of the two was changed or replaced");
    }
    if (chained_hash(record.previous, record) != record.hash) {
        return finding(record.sequence, AuditFault::content,
                       "was changed after it was written: its hash is another");
    }
    return std::nullopt;
}

AuditVerdict verify_audit(const StoreReads& store) {
    AuditVerdict verdict;
    while (true) {
        const auto page = store.audit_after(verdict.records, records_per_page);
        for (const AuditRecord& record : page) {
            verdict.finding = check_record(record, verdict.records, verdict.last);
            if (verdict.finding) {
                return verdict;
            }
            verdict.records = record.sequence;
            verdict.last = record.hash;
        }
        if (page.size() < records_per_page) {
            return verdict;
        }
    }
}

}  // namespace gateway
