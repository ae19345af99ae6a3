// What every message leaves in the commit that takes or refuses it, mapped or not: the
// message itself, its acknowledgement, and the records that say who brought it.
#pragma once

#include <string_view>

#include "gateway/base/failure.h"
#include "gateway/base/issue.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

// The message in the state that it comes to under the snapshot of `input`.
Message message_in_state(const ReferralInput& input, MessageState state);

enum class KeyRule { as_judged, none };

// The message, in its state, under the key that `earlier` judged right for it; or that state for
// one that was received before.
void put_message(UnitOfWork& unit, const ReferralInput& input, Message message,
                 KeyRule key = KeyRule::as_judged);

// Where its control id stood for another message before: audit, trace and somebody's concern.
void flag_reuse(PreparedWork& work, const ReferralInput& input, const RecordFor& about);

// These two set the reply and store it as the message's answer. HL7 v2: AA, AE or
// AR, and where the sender wants an accept acknowledgement CA, CE or CR for it. FHIR: as
// fhir_answer.h says. A message that has its answer, of its acceptance, gets what MSH-16 asks for
// beside that (application_acknowledgement.h).
// Taken; `notes` are worth knowing.
void add_acknowledgement(PreparedWork& work, const ReferralInput& input, const Issues& notes);

void add_refusal(PreparedWork& work, const ReferralInput& input, const Failure& failure);

// The audit of what became of it, with its arrival in the flight recorder, or of its processing
// where the arrival was recorded before. `outcome`: accepted, refused.
void add_judgement(UnitOfWork& unit, const ReferralInput& input, const RecordFor& about,
                   std::string_view outcome);

// The first line of the flight recorder: "accepted", "received".
void add_arrival(UnitOfWork& unit, const Message& message, std::string_view referral,
                 std::string_view stage);

// A line for each.
void add_issues_trace(UnitOfWork& unit, const RecordFor& about, std::string_view stage,
                      const Issues& issues);

}  // namespace gateway
