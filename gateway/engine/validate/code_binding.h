// Aspect: a code with a required binding is one of the value set, as far as the definitions can
// enumerate it; other bindings are the terminology provider's.
// Spec: R4 terminologies.html#required.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

void check_code_binding(CheckContext& context, NodeId node, const MemberCheck& member);

}  // namespace gateway
