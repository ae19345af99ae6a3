// The few facts of a FHIR message that are needed before it is parsed: who, what, which patient
// (R4 messaging.html). Looks at the Bundle's own elements, at the MessageHeader, which is its first
// entry, and at the identifier of the first Patient; builds no document. A name that stands twice
// in one of these objects is a fault, since two readers could take two different messages from it.
// Never throws: what cannot be read is empty, and `fault` says why. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"

namespace gateway {

struct FhirMessageHead {
    std::string bundle;        // Bundle.id
    std::string id;            // MessageHeader.id
    std::string event_system;  // MessageHeader.eventCoding.system
    std::string event;         // MessageHeader.eventCoding.code, or eventUri whole
    bool is_event_uri = false;
    std::string source;                     // MessageHeader.source.endpoint
    std::vector<std::string> destinations;  // MessageHeader.destination.endpoint
    std::string sender;  // MessageHeader.sender.identifier.value, else .reference

    // Of the first Patient that has an identifier, the first one.
    struct Identifier {
        std::string system;
        std::string value;
    };

    std::optional<Identifier> patient;

    // Set where the bytes are no FHIR message in JSON; the rest is then empty.
    std::optional<Issue> fault;
};

FhirMessageHead scan_message_head(std::string_view bytes);

}  // namespace gateway
