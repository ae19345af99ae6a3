// Applies units of work inside an open transaction, each all or nothing. Keeps the end of the audit
// chain, which moves only with units that are written. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "gateway/flow/store/sql/connection.h"
#include "gateway/flow/store/sql/writes.h"
#include "gateway/flow/store/store.h"

namespace gateway::sql {

// A unit with its payloads sealed, one per write (empty where a write has none): done by the
// submitter's thread, since there are many of those and one writer.
struct PreparedUnit {
    UnitOfWork unit;
    std::vector<StoredPayload> payloads;
    std::size_t bytes = 0;  // of the payloads
};

PreparedUnit prepare(UnitOfWork unit, const KeyRing& keys);

class UnitWriter final {
public:
    UnitWriter(Connection& connection, std::chrono::milliseconds duplicates_kept)
        : connection_(connection),
          duplicates_kept_(duplicates_kept),
          audit_end_(read_audit_end(connection)) {}

    // `Committed` means: will be, with the caller's transaction. Throws `SqlError` where the
    // whole transaction is lost.
    Outcome write(const PreparedUnit& unit);

    // After the caller's transaction was rolled back.
    void forget() { audit_end_ = read_audit_end(connection_); }

private:
    Outcome write_all(const PreparedUnit& unit);
    Written write_one(const Write& write, const PayloadRow& payload);

    Connection& connection_;
    std::chrono::milliseconds duplicates_kept_;
    AuditEnd audit_end_;
};

}  // namespace gateway::sql
