#include "gateway/flow/pipeline/receipt_steps.h"

#include <utility>

#include "gateway/flow/pipeline/acknowledge.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/fhir/operation_outcome.h"

namespace gateway {

PreparedWork prepare_receipt(const ReferralInput& input) {
    PreparedWork work;
    work.outcome = "received";
    const Message message = message_in_state(input, MessageState::received);
    const RecordFor about{message, {}, input.clock.now()};
    put_message(work.unit, input, message);
    if (input.is_acknowledged) {
        add_acknowledgement(work, input, {});
    }
    add_judgement(work.unit, input, about, "received");
    flag_reuse(work, input, about);
    return work;
}

PreparedWork prepare_quarantine(const ReferralInput& input, const Failure& failure) {
    PreparedWork work;
    work.outcome = "quarantined";
    Message message = message_in_state(input, MessageState::quarantined);
    message.reason = failure.external();
    const RecordFor about{message, {}, input.clock.now()};
    put_message(work.unit, input, message);
    add_judgement(work.unit, input, about, "quarantined");
    add_issues_trace(work.unit, about, "quarantined", issues_of(failure));
    if (message.bytes && input.is_acknowledged) {
        add_refusal(work, input, failure);
    }
    work.concern =
        Concern{ConcernKind::quarantined, message.sender.partner, message.id, failure.external()};
    return work;
}

}  // namespace gateway
