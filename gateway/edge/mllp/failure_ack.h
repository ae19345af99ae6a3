// The one place where a failure becomes an HL7 v2 acknowledgement for a message that the pipeline
// did not answer itself (nothing of it was stored). Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"

namespace gateway {

// `control_id`: MSH-10 of the answer. In enhanced mode CE and CR where MSH-15 asks for them. Empty
// where the bytes are so little HL7 v2 that nobody could read an answer, or where the sender wants
// none of that kind: then the connection is closed, which also says that nothing was taken.
std::string failure_ack(std::string_view message, const Failure& failure,
                        const std::string& control_id, Instant now);

}  // namespace gateway
