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

struct AckWords {
    AckCode code = AckCode::aa;
    std::string_view msa_1 = "AA";
    std::string_view err_3 = {};  // table 0357 for issues whose code gives none
};

// The message under the key that `earlier` judged right for it.
AddMessage added(const ReferralInput& input, Message message);

// Where its control id stood for another message before: audit, trace and somebody's concern.
void flag_reuse(PreparedWork& work, const ReferralInput& input, const RecordFor& about);

// Sets the reply and stores it as the message's answer.
void add_acknowledgement(PreparedWork& work, const ReferralInput& input, const AckWords& words,
                         const Issues& issues);

// The first line of the flight recorder: "accepted", "received".
void add_arrival(PreparedWork& work, const Message& message, std::string_view referral,
                 std::string_view stage);

}  // namespace gateway
