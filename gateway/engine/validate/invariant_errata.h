// Published invariants whose expression says something else than its own text, with what it was
// meant to say; HL7's validator mends the same ones. Pure.
#pragma once

#include <string_view>

#include "gateway/engine/definitions/schema.h"

namespace gateway {

// The expression to run for the invariant: as published, or as mended.
std::string_view sound_expression(const Invariant& invariant);

}  // namespace gateway
