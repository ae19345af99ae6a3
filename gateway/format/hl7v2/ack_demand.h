// Which acknowledgements a sender wants, and when (HL7 v2.8.2 chapter 2.9.2 and 2.9.3, MSH-15 and
// MSH-16, table 0155). Original mode, neither field given, is one answer that waits for the
// application. Enhanced mode: an accept acknowledgement (CA, CE, CR) once the message is safe,
// where MSH-15 asks for one, and apart from it the application's (AA, AE, AR), where MSH-16 does.
// Without an accept acknowledgement the application's takes its place on the connection. Pure.
#pragma once

#include <string_view>

#include "gateway/format/hl7v2/ack.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

// Table 0155.
enum class AckCondition {
    always,   // AL, and whatever is no word of the table: rather once too often
    never,    // NE, or empty where the other field is given
    error,    // ER: on error or reject
    success,  // SU
};

struct AckDemand {
    bool is_enhanced = false;
    AckCondition accept = AckCondition::never;
    AckCondition application = AckCondition::always;

    // Whether the sender has the answer to the transfer apart from that of the application.
    bool is_accept_first() const { return accept != AckCondition::never; }

    // Of the one answer that goes back on the sender's connection.
    AckCondition on_connection() const { return is_accept_first() ? accept : application; }
};

AckDemand ack_demand(const MessageHead& head);

bool is_wanted(AckCondition condition, AckCode code);

// The accept acknowledgement's word for the same outcome: AA, AE, AR become CA, CE, CR.
AckCode accept_code(AckCode code);

}  // namespace gateway
