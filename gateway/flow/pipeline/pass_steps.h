// A message that goes on as it came: from the facts of its head to the writes of one commit.
// Nothing behind the head is looked at, no resource is made, the bytes stay the sender's. Pure.
#pragma once

#include "gateway/base/settings/partner.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

// A delivery of the message's own bytes.
Delivery delivery_of(const Message& message, const Partner& destination, std::string id,
                     Instant now);

// The sender's rule that passes this message on; nullptr: it is to be mapped.
const RouteRule* rule_that_passes(const ReferralInput& input);

// A delivery for each destination of the rule, the answer, audit and trace.
PreparedWork prepare_pass(const ReferralInput& input, const RouteRule& rule);

}  // namespace gateway
