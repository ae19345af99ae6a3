// What a message leaves before and behind its own steps: its receipt, where that is what its sender
// is told, and its quarantine, where it was told so and the steps then failed. Pure.
#pragma once

#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

// Bytes, audit and duplicate key, before anything else is done with it: from then on it is
// `received`. With an answer only where that is the acknowledgement (`is_acknowledged`).
PreparedWork prepare_receipt(const ReferralInput& input);

// What was acknowledged and cannot go on: a person must act.
PreparedWork prepare_quarantine(const ReferralInput& input, const Failure& failure);

}  // namespace gateway
