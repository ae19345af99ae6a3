// The functions of UCUM's special units: from a number on their scale to the ratio that it stands
// for, and back. Those of temperature are exact. Values; safe from any thread.
// https://ucum.org/ucum#section-Special-Units-on-non-ratio-Scales
#pragma once

#include <optional>

#include "gateway/engine/terminology/ucum_number.h"
#include "gateway/engine/terminology/ucum_table.h"

namespace gateway {

// Significant digits that survive a function in floating point.
inline constexpr int ucum_function_digits = 15;

struct ScaledValue {
    UcumFraction value;
    bool exact = true;
};

// Nothing where the function has no value (the logarithm of zero).
std::optional<ScaledValue> to_ratio(UcumScale scale, const UcumFraction& value);
std::optional<ScaledValue> from_ratio(UcumScale scale, const UcumFraction& value);

}  // namespace gateway
