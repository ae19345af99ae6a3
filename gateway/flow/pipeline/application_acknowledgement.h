// What a sender asks for in MSH-16 beside the accept acknowledgement of MSH-15 (HL7 v2.8.2 chapter
// 2.9.3): what became of its message, AA, AE or AR, as a message of our own. It is one that the
// gateway made: it has its own id, state and trace, and a delivery to the sender's destination
// (`deliver` in the partner's file), in the commit of the effect or of the quarantine, and it asks
// for an accept acknowledgement in its turn (MSH-15 AL) and for no other (MSH-16 NE). Pure.
#pragma once

#include <string_view>

#include "gateway/flow/pipeline/referral_steps.h"
#include "gateway/format/hl7v2/ack.h"

namespace gateway {

// Does nothing where MSH-16 does not ask for that code. Where the sender has no destination,
// `work.warning` and the flight recorder say so.
void add_application_acknowledgement(PreparedWork& work, const ReferralInput& input,
                                     AckCode outcome, const Issues& issues,
                                     std::string_view err_3 = {});

}  // namespace gateway
