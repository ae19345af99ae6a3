#include "gateway/flow/pipeline/message_form.h"

namespace gateway {

std::string_view id_name(const Message& message) {
    if (!is_fhir(message)) {
        return "MSH-10";
    }
    const std::string_view key = message.duplicate_key;
    return key.starts_with(idempotency_key) ? "Idempotency-Key"
           : key.starts_with(header_key)    ? "MessageHeader.id"
                                            : "Bundle.id";
}

}  // namespace gateway
