// What every HL7 v2 message leaves in the commit that takes or refuses it, mapped or not: the
// message itself, its acknowledgement, and the records that say who brought it.
#pragma once

#include <string_view>

#include "gateway/base/issue.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/flow/pipeline/referral_steps.h"
#include "gateway/format/hl7v2/ack.h"

namespace gateway {

inline constexpr std::string_view hl7v2_content_type = "x-application/hl7-v2+er7";

// The message in the state that it comes to under the snapshot of `input`.
Message message_in_state(const ReferralInput& input, MessageState state);

enum class KeyRule { as_judged, none };

// The message, in its state, under the key that `earlier` judged right for it; or that state for
// one that was received before.
void put_message(UnitOfWork& unit, const ReferralInput& input, Message message,
                 KeyRule key = KeyRule::as_judged);

// Where its control id stood for another message before: audit, trace and somebody's concern.
void flag_reuse(PreparedWork& work, const ReferralInput& input, const RecordFor& about);

// Sets the reply and stores it as the message's answer, unless it has one: AA, AE or AR, and where
// the sender wants an accept acknowledgement CA, CE or CR for it. `err_3`: table 0357 for issues
// whose code gives none.
void add_acknowledgement(PreparedWork& work, const ReferralInput& input, AckCode outcome,
                         const Issues& issues, std::string_view err_3 = {});

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
