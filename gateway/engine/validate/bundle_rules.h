// Aspect: what a Bundle of its type must hold: the invariants bdl-1 to bdl-12, and the form of
// fullUrl. Each is one pass over the entries (as FHIRPath, bdl-7 would be quadratic).
// Spec: R4 bundle.html (constraints; #bundle-unique).
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

BundleScope bundle_scope(const CheckContext& context, NodeId bundle);

void check_bundle(CheckContext& context, NodeId bundle);

}  // namespace gateway
