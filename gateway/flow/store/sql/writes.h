// Each typed write as SQL: checks its precondition and writes, inside the transaction of the
// caller. Throws `SqlError`. Used by the writer thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/base/digest.h"
#include "gateway/flow/store/payload.h"
#include "gateway/flow/store/sql/connection.h"
#include "gateway/flow/store/store.h"

namespace gateway::sql {

struct Refusal {
    Precondition precondition;
    std::string found;
};

// The assigned number, 0 where a write has none.
using Written = std::variant<std::uint64_t, Refusal>;

using AuditEnd = Connection::AuditEnd;

AuditEnd read_audit_end(Connection& connection);

// A payload, and the row of the data key that it was sealed with.
struct PayloadRow {
    const StoredPayload& stored;
    std::optional<std::int64_t> data_key;
};

std::int64_t insert_data_key(Connection& connection, const std::string& wrapped);

// The row of a payload, for the tables that refer to it.
std::int64_t insert_payload(Connection& connection, const PayloadRow& payload);

std::optional<std::int64_t> message_row(Connection& connection, std::string_view id);

Written add_message(Connection&, const AddMessage&, const PayloadRow&,
                    std::chrono::milliseconds duplicates_kept);
Written set_message_state(Connection&, const SetMessageState&);
Written await_turn(Connection&, const AwaitTurn&);
Written keep_message(Connection&, const KeepMessage&);
Written take_message(Connection&, const TakeMessage&);
Written hold_duty(Connection&, const HoldDuty&);
Written mark_sent(Connection&, const MarkSent&);
Written add_answer(Connection&, const AddAnswer&, const PayloadRow&);

Written add_delivery(Connection&, const AddDelivery&, const PayloadRow&);
Written lease_delivery(Connection&, const LeaseDelivery&);
Written finish_delivery(Connection&, const FinishDelivery&);
Written reschedule_delivery(Connection&, const RescheduleDelivery&);
Written move_delivery(Connection&, const MoveDelivery&);

// Moves `end` on to the new record.
Written add_audit(Connection&, const AddAudit&, AuditEnd& end);
Written add_trace(Connection&, const AddTrace&);

Written put_resource(Connection&, const PutResource&, const PayloadRow&);
Written add_search_token(Connection&, const AddSearchToken&);
Written put_referral(Connection&, const PutReferral&);
Written put_artefact(Connection&, const PutArtefact&, const PayloadRow&);
Written add_change(Connection&, const Change&);
Written rewrap_data_key(Connection&, const RewrapPayloadKey&);
Written forget_other_master_keys(Connection&, const ForgetOtherMasterKeys&);

Written note_master_keys(Connection&, const UseKeyRing&);
Written destroy_payload_keys(Connection&, const DestroyPayloadKeys&);

// A start after a stop of any kind: who held a lease is gone.
void release_leases(Connection& connection);

}  // namespace gateway::sql
