// Applies units of work inside an open transaction, each all or nothing. Keeps the end of the audit
// chain, which moves only with units that are written. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
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
    std::shared_ptr<const KeyRing> keys;  // that sealed them
    std::size_t bytes = 0;                // of the payloads
};

PreparedUnit prepare(UnitOfWork unit, std::shared_ptr<const KeyRing> keys);

// Where it was sealed under what is an older master key by now, its data keys are wrapped anew.
void bring_under(PreparedUnit& unit, const std::shared_ptr<const KeyRing>& keys);

// A unit was not as hoped, and has left something behind: the transaction is undone.
class Deceived final : public SqlError {
public:
    Deceived() : SqlError(Reach::transaction, "another write came between") {}

    bool may_be_of_another() const override { return true; }
};

class UnitWriter final {
public:
    explicit UnitWriter(std::chrono::milliseconds duplicates_kept)
        : duplicates_kept_(duplicates_kept) {}

    // `Committed` means: will be, with the caller's transaction. Throws `SqlError` where the whole
    // transaction is lost.
    Outcome write(Connection& connection, const PreparedUnit& unit);

    // The same on a connection that hopes: with what that hears in the end. Throws `SqlError` also
    // where a unit has to be refused that has written something.
    Outcome write_in_hope(Connection& connection, const PreparedUnit& unit);

    // After the caller's transaction was rolled back, or others may have written: the end of the
    // audit chain is where the database says.
    void forget() { audit_end_.reset(); }

    // At the beginning of a transaction beside others: that end, where it came with it.
    void begin(const Connection& connection) { audit_end_ = connection.known_audit_end; }

private:
    Outcome write_all(Connection& connection, const PreparedUnit& unit);
    Written write_one(Connection& to, const Write& write, const PayloadRow& payload);
    Written chain_audit(Connection& to, const AddAudit& add);

    std::chrono::milliseconds duplicates_kept_;
    std::optional<AuditEnd> audit_end_;
};

}  // namespace gateway::sql
