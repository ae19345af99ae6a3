// The transforms by name: R4 valueset-map-transform.html and those of this product (README.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/map/map_code.h"

namespace gateway {

struct TransformName {
    std::string_view name;
    TransformKind kind = TransformKind::none;
    std::size_t arguments_min = 0;
    std::size_t arguments_max = 0;
    // The FHIR type of what it yields, where that is fixed: the type of a choice follows from it.
    std::string_view type;
};

// Null if there is none of that name.
const TransformName* find_transform(std::string_view name);

std::vector<std::string> transform_names();

// It makes an object that is built in place: cc, qty, translate to a Coding, …
bool builds_object(const TransformCode& code);

}  // namespace gateway
