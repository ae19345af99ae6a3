// Aspect: the value of a primitive has the format of its type. The matchers are those of
// format/fhir. Spec: R4 datatypes.html#primitive.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// The node holds a value of the right JSON kind.
void check_primitive_value(CheckContext& context, NodeId node, const MemberCheck& member);

}  // namespace gateway
