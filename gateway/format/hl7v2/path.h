// The name people know a place by: "PID-3.4.1". A repetition is counted from the second on,
// "PID-3[2].4"; so is a segment that stands more than once, "OBX[2]-5" (the second OBX of the
// message, in or out of groups). A group is its path of names: "OBSERVATION[2]". Pure.
#pragma once

#include <string>

#include "gateway/format/document/document.h"

namespace gateway {

std::string field_path(const Document& document, NodeId node);

}  // namespace gateway
