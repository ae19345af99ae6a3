// Which messages go on as they came: the first rule of the sender that says so, by the facts of the
// message's head alone. Pure; safe from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/base/settings/partner.h"

namespace gateway {

// Of MSH; views of the caller's.
struct HeadFacts {
    std::string_view type;   // MSH-9.1
    std::string_view event;  // MSH-9.2
    std::string_view sending_application;
    std::string_view sending_facility;
    std::string_view receiving_application;
    std::string_view receiving_facility;
    std::string_view channel;  // the way it came in
};

// Of a FHIR message's MessageHeader; views of the caller's.
struct FhirHeadFacts {
    std::string_view system;                    // of eventCoding
    std::string_view event;                     // its code, or eventUri
    std::string_view source;                    // endpoint
    std::span<const std::string> destinations;  // endpoints
    std::string_view sender;
    std::string_view channel;
};

// nullptr: the message is not passed on.
const RouteRule* rule_that_passes(std::span<const RouteRule> rules, const HeadFacts& head);
const RouteRule* rule_that_passes(std::span<const RouteRule> rules, const FhirHeadFacts& head);

}  // namespace gateway
