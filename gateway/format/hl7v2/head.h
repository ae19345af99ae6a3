// The few facts that the edge needs before a message is parsed: who, what, which patient. Reads MSH
// and the first PID only, in microseconds, without a document.
// Never throws: what cannot be read is empty, and `fault` says why. Values are unescaped only where
// an escape stands in them. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/issue.h"
#include "gateway/format/hl7v2/separators.h"

namespace gateway {

// An identifier of PID-3 (CX): its value, assigning authority and type.
struct HeadIdentifier {
    std::string value;        // CX-1
    std::string assigner;     // CX-4.1
    std::string assigner_id;  // CX-4.2, often an OID
    std::string type;         // CX-5

    // An NHS number: by its assigner, and 10 digits. `nhs_digits` has no spaces or dashes.
    bool is_nhs_number() const { return !nhs_digits.empty(); }

    std::string nhs_digits;
};

struct MessageHead {
    Separators separators;
    std::string sending_application;    // MSH-3.1
    std::string sending_facility;       // MSH-4.1
    std::string receiving_application;  // MSH-5.1
    std::string receiving_facility;     // MSH-6.1
    // MSH-3 to MSH-6 whole and as sent (escapes in place), for an answer.
    std::string sending_application_field;
    std::string sending_facility_field;
    std::string receiving_application_field;
    std::string receiving_facility_field;
    std::string control_id_field;  // MSH-10 whole and as sent, for MSA-2
    std::string sent_at;           // MSH-7.1
    std::string type;              // MSH-9.1: REF
    std::string event;             // MSH-9.2: I12
    std::string structure;         // MSH-9.3: REF_I12
    std::string control_id;        // MSH-10: it has no parts; empty if it is blank
    std::string processing_id;     // MSH-11.1: P, T, D
    std::string version;           // MSH-12.1: 2.4
    std::string accept_ack;        // MSH-15: AL, NE, ER, SU, or empty
    std::string application_ack;   // MSH-16
    std::string character_set;     // MSH-18, first repetition
    std::string profile;           // MSH-21.1, first repetition
    // The one of PID-3 that tells best that two messages are about the same patient, in whatever
    // order a system lists them: an NHS number; else a national one (CX-5 NH, NI, NNxxx); else any
    // with an assigner or a type; of several alike the first in the order of assigner, type, value.
    std::optional<HeadIdentifier> patient;

    // MSH-15 or MSH-16 given: enhanced acknowledgement mode (chapter 2.9.3).
    bool enhanced_mode() const { return !accept_ack.empty() || !application_ack.empty(); }

    // Set where the bytes do not even begin as an HL7 v2 message; the rest is then empty.
    std::optional<Issue> fault;
};

MessageHead scan_head(std::string_view bytes);

// "REF^I12" for people; "HL7 v2" where MSH-9 holds no such words, since it may then hold anything.
std::string shown_type(const MessageHead& head);

}  // namespace gateway
