// One line of the audit: who did what to which message, with what result. Records are chained: the
// hash of each covers the hash before it, so that a changed, removed or inserted record shows
// (flow/audit verifies). No patient data: ids, words of closed lists, digests. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"

namespace gateway {

enum class AuditAction {
    accept,   // a message was taken or refused at the edge
    process,  // it was mapped, checked and routed, or could not be
    route,    // a destination was chosen, or none
    attempt,  // a delivery was tried
    move,     // a Task changed its status
    operate,  // a person held, released, replayed or changed something
    read,     // a record was shown to someone
    start,    // the gateway started, under these settings
};

std::string_view to_string(AuditAction action);

std::optional<AuditAction> parse_audit_action(std::string_view word);

struct AuditRecord {
    std::uint64_t sequence = 0;  // given by the store: 1, 2, 3 … without a gap
    Instant at{};
    AuditAction action = AuditAction::accept;
    std::string actor;    // partner id, operator's login or "gateway"
    std::string message;  // ids; empty where there is none
    std::string referral;
    std::string delivery;
    std::string outcome;  // one word: queued, refused, delivered, timeout, …
    std::string digest;   // SHA-256 in hex of what was taken, sent or changed; may be empty
    Sha256 previous{};    // given by the store: `hash` of the record before, zeros for the first
    Sha256 hash{};        // given by the store

    bool operator==(const AuditRecord&) const = default;
};

// The bytes that are hashed: a version line, then every field but the two hashes as a netstring
// (length, colon, bytes, comma), so that no two records give the same bytes.
std::string canonical(const AuditRecord& record);

// SHA-256 over `previous` and the canonical bytes.
Sha256 chained_hash(const Sha256& previous, const AuditRecord& record);

}  // namespace gateway
