// What puts messages in an order: those of one key are processed and delivered as they came. A
// keyed hash of the patient's identifier as the sender writes it (of several the one that
// MessageHead::patient chooses), else the way that the message came. No partner's messages wait for
// another's.
#pragma once

#include <string>
#include <string_view>

#include "gateway/flow/pipeline/snapshot.h"

namespace gateway {

struct Message;

// `identifier`: assigner and value, joined.
std::string order_key_of_patient(const Message& message, const Snapshot& snapshot,
                                 std::string_view identifier);

std::string order_key_of_sender(const Message& message);

}  // namespace gateway
