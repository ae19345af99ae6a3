// The acknowledgement of a message (HL7 v2.8.2 chapter 2.9 and 2.13.1): MSH, MSA and, for each
// issue, an ERR in the form of the sender's version (v2.5 and later: ERR-2..ERR-8; before: ERR-1
// and MSA-3). Sender and receiver are swapped; separators, version and processing id are the
// sender's. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/base/issue.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

// Table 0008.
enum class AckCode { aa, ae, ar, ca, ce, cr };

std::string_view to_string(AckCode code);

std::optional<AckCode> parse_ack_code(std::string_view word);

struct AckAnswer {
    AckCode code = AckCode::aa;
    std::string control_id;            // MSH-10 of the answer
    Instant now{};                     // MSH-7
    std::string_view err_3 = {};       // table 0357 for issues whose code gives none: a Category's
    std::string_view accept_ack = {};  // MSH-15: what the answer itself asks for
    std::string_view application_ack = {};  // MSH-16
};

// Ends each segment with CR. Issues of severity information are left out.
std::string build_ack(const MessageHead& head, const AckAnswer& answer, const Issues& issues = {});

// Table 0357 for an issue code: required -> 101, value -> 102, code-invalid -> 103, …; empty where
// none fits.
std::string_view err_3_of(std::string_view issue_code);

// YYYYMMDDHHMMSS.SSS+0000
std::string hl7v2_timestamp(Instant instant);

}  // namespace gateway
