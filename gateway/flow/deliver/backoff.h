// When to try again: exponential back-off with full jitter, so that many waiting messages do not
// come back at one moment. Pure but for the random number, which is handed in.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter")
#pragma once

#include <chrono>
#include <cstdint>

#include "gateway/base/settings/partner.h"

namespace gateway {

// The pause after so many attempts (1: the first failed), `random` in [0, 1). Never under a tenth
// of the ceiling of that attempt: a peer that refuses at once is not hammered. `asked` by the peer
// holds up to the settings' maximum.
std::chrono::milliseconds pause_after(std::uint32_t attempts, const RetrySettings& retry,
                                      double random, std::chrono::seconds asked = {});

}  // namespace gateway
