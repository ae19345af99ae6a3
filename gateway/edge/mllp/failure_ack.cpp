#include "gateway/edge/mllp/failure_ack.h"

#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/hl7v2/ack.h"
#include "gateway/format/hl7v2/ack_demand.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

std::string failure_ack(std::string_view message, const Failure& failure,
                        const std::string& control_id, Instant now) {
    const MessageHead head = scan_head(message);
    if (head.fault) {
        return {};
    }
    const CategoryMeaning& meaning = describe(failure.category());
    const AckDemand demand = ack_demand(head);
    const AckCode outcome = meaning.msa_1 == "AR" ? AckCode::ar : AckCode::ae;
    if (!is_wanted(demand.on_connection(), outcome)) {
        return {};
    }
    return build_ack(head,
                     {.code = demand.is_accept_first() ? accept_code(outcome) : outcome,
                      .control_id = control_id,
                      .now = now,
                      .err_3 = meaning.err_3},
                     issues_of(failure));
}

}  // namespace gateway
