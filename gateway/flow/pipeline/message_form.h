// The two forms a message comes in, as its content type says, and what each calls its own id.
#pragma once

#include <string_view>

#include "gateway/flow/message/message.h"

namespace gateway {

inline constexpr std::string_view hl7v2_content_type = "x-application/hl7-v2+er7";
inline constexpr std::string_view fhir_content_type = "application/fhir+json";

inline bool is_fhir(const Message& message) {
    return message.content_type == fhir_content_type;
}

// What the sender calls that by which its message is told from others: "MSH-10", "Bundle.id",
// "MessageHeader.id", "Idempotency-Key".
std::string_view id_name(const Message& message);

// The duplicate keys of FHIR messages begin with these.
inline constexpr std::string_view bundle_key = "bundle|";
inline constexpr std::string_view header_key = "header|";
inline constexpr std::string_view idempotency_key = "idempotency|";

}  // namespace gateway
