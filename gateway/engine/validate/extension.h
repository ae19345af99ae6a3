// Aspect: an extension has either a value or extensions (ext-1), and an absolute url, unless it is
// part of another extension, whose definition names it. Spec: R4 extensibility.html#Extension.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// `node` is an Extension.
void check_extension(CheckContext& context, NodeId node);

}  // namespace gateway
