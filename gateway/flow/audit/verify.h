// Walks the whole audit and checks its chain: every sequence there, every record linked to the one
// before, every hash that of its record. What the chain cannot show is that its end was cut off:
// for that, compare `last` with a checkpoint kept elsewhere. Reads in pages; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/base/digest.h"
#include "gateway/flow/message/audit_record.h"
#include "gateway/flow/store/store.h"

namespace gateway {

enum class AuditFault {
    gap,      // the record of this sequence is missing
    link,     // `previous` is not the hash of the record before: something was changed or put in
    content,  // the record is not the one that was hashed
};

std::string_view to_string(AuditFault fault);

struct AuditFinding {
    std::uint64_t sequence = 0;  // of the first bad record
    AuditFault fault = AuditFault::gap;
    std::string text;  // one sentence for a person
};

struct AuditVerdict {
    std::uint64_t records = 0;  // that are sound, from the first on
    Sha256 last{};              // hash of the last sound one: what a checkpoint signs
    std::optional<AuditFinding> finding;

    bool is_sound() const { return !finding; }
};

// What is wrong with `record` as the one that follows `sequence` and `hash`; nothing if it is
// sound.
std::optional<AuditFinding> check_record(const AuditRecord& record, std::uint64_t sequence,
                                         const Sha256& hash);

AuditVerdict verify_audit(const StoreReads& store);

}  // namespace gateway
