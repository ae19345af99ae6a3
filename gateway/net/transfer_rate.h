// When a transfer must have moved more: the grace time, and the time that what has moved may take
// at the slowest rate we bear. A trickle falls behind this; a slow line does not.
#pragma once

#include <cstdint>

#include "gateway/net/limits.h"
#include "gateway/net/timers.h"

namespace gateway {

// A transfer that has earned much and then stands still has the grace time only.
SteadyTime slowest_end(SteadyTime since, std::uint64_t bytes_moved, const ConnectionLimits& limits);

}  // namespace gateway
