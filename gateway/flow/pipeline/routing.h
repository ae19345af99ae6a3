// Step 7: who gets a message, by its sender's rules over its FHIR form. Failures say why nobody
// does. Pure.
#pragma once

#include <string>
#include <vector>

#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

// Where every rule of the sender is for messages that go on as they came, and none held.
void need_rules_behind_pass(const ReferralInput& input);

// At least one.
std::vector<Destination> destinations_of(const ReferralInput& input, const Document& bundle);

// Throws a Failure with one issue, which names a field of an HL7 v2 message (`source`) or an
// element of a FHIR one (`path`).
[[noreturn]] void refuse(const Message& message, Category category, std::string code,
                         std::string where, std::string text);

}  // namespace gateway
