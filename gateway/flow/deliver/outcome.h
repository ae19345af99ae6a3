// What an attempt changes: the delivery, its message, the audit, the trace and, when a referral
// reached its performer's transport, its Task (`received`, never more: an HTTP 200 accepts
// nothing). Reads what it needs, writes nothing: the unit of work is the result.
#pragma once

#include <memory>

#include "gateway/base/clock.h"
#include "gateway/base/settings/partner.h"
#include "gateway/flow/deliver/transport.h"
#include "gateway/flow/store/store.h"
#include "gateway/format/document/name_table.h"

namespace gateway {

struct AttemptMeasure {
    Instant began{};
    Instant ended{};
    Instant next_attempt{};  // where it is tried again
    Instant give_up_at{};    // the retry budget's end: then quarantine
    QuarantineSettings quarantine = {};
};

// `delivery.lease` is the lease held; its bytes are null where they are damaged. A store that
// cannot be read is a Failure.
UnitOfWork record_attempt(const StoreReads& store, const Delivery& delivery, const Attempt& attempt,
                          const AttemptMeasure& measure);

// What a delivery that was made means for the Task of the referral that it carried to its
// performer, if that still waits there. A Failure leaves the unit good for all else.
void add_receipt(UnitOfWork& unit, const StoreReads& store,
                 const std::shared_ptr<const NameTable>& names, const Delivery& delivery,
                 Instant now);

}  // namespace gateway
