// How long a peer asks to be left in peace: `Retry-After` of a 429 or 503 (RFC 9110 §10.2.3), in
// seconds or as a date. A date is held against the peer's own `Date`, so that clocks need not
// agree.
#pragma once

#include <chrono>

#include "gateway/net/http_message.h"

namespace gateway {

// Zero where it asks for nothing, or for what cannot be read.
std::chrono::seconds retry_after(const HttpHeaders& headers);

}  // namespace gateway
