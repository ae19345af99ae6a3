// The parts of a FHIRPath condition that are joined by `and` at its top: "a and (b or c)" has two.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// A condition with `or`, `xor` or `implies` beside an `and` is one part: its precedence is lower.
std::vector<std::string> conjuncts(std::string_view condition);

}  // namespace gateway
