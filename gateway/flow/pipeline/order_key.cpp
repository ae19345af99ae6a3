#include "gateway/flow/pipeline/order_key.h"

#include <fmt/format.h>

#include "gateway/base/digest.h"
#include "gateway/flow/message/message.h"

namespace gateway {

std::string order_key_of_patient(const Message& message, const Snapshot& snapshot,
                                 std::string_view identifier) {
    return to_hex(hmac_sha256(snapshot.id_key,
                              fmt::format("patient:{}|{}", message.sender.partner, identifier)));
}

std::string order_key_of_sender(const Message& message) {
    return fmt::format("{}:{}", message.channel, message.sender.partner);
}

}  // namespace gateway
