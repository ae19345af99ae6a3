// Walks the whole audit and checks its chain: every sequence there, every record linked to the one
// before, every hash that of its record. What the chain cannot show is that its end was cut off or
// that all of it was written anew: for that it is held against checkpoints (checkpoint.h). Reads in
// pages; thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "gateway/base/digest.h"
#include "gateway/flow/audit/checkpoint.h"
#include "gateway/flow/message/audit_record.h"
#include "gateway/flow/store/store.h"

namespace gateway {

enum class AuditFault {
    gap,      // the record of this sequence is missing
    link,     // `previous` is not the hash of the record before: something was changed or put in
    content,  // the record is not the one that was hashed
    signed_otherwise,  // the record is not the one that a checkpoint signed
    cut,               // a checkpoint signed a record that is not there: the end is missing
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

struct AuditWalk {
    std::span<const Checkpoint> checkpoints = {};  // in any order
    // Called after each page with the records that are sound so far.
    std::function<void(std::uint64_t records)> on_page = {};
};

AuditVerdict verify_audit(const StoreReads& store, const AuditWalk& walk = {});

// From a checkpoint on: its record is looked at, those before it are not.
AuditVerdict verify_audit_since(const StoreReads& store, const Checkpoint& since);

}  // namespace gateway
