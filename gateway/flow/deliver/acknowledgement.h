// What a peer's HL7 v2 answer says about the message that it was sent, over MLLP or in the body of
// an HTTP answer. MSA-2 must be that message's MSH-10: an answer to another one says nothing.
#pragma once

#include <string>
#include <string_view>

#include "gateway/flow/deliver/transport.h"

namespace gateway {

struct JudgedAnswer {
    Attempt attempt;
    // The peer and we no longer agree which answer is to what: close the connection.
    bool is_doubtful = false;
};

// MSH-10 of what was sent, which MSA-2 must name: as it stood there, or escaped in another way.
struct SentControlId {
    std::string field;
    std::string text;
};

SentControlId sent_control_id(std::string_view message);

JudgedAnswer judge_acknowledgement(std::string_view answer, const SentControlId& sent);

}  // namespace gateway
