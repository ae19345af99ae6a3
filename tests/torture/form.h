// How long a torture is, and what it draws by lot: TORTURE_ROUNDS and TORTURE_SEED, which
// `./dev torture` sets. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/act.h"

namespace gateway::torture {

// Places of each act in the long form; nothing in the usual one.
std::optional<std::uint64_t> rounds_asked();

// The long form is watched, and `./dev torture` makes its summary of these lines.
struct Stopped {
    ActSite site;
    ActMoment moment;
    std::uint64_t times = 0;
    std::uint64_t reached = 0;
};

void tell(const Stopped& stopped, std::string_view scenario);

// The one that was given, or a new one for this process.
unsigned seed();

// So many of 1 to `last`, or all of them, evenly from the first on.
std::vector<std::uint64_t> spread(std::uint64_t last, std::uint64_t wanted);

}  // namespace gateway::torture
