// Aspect: contained resources. No nesting (dom-2), each is referred to or refers to its container
// (dom-3), none has a version or time of its own (dom-4) or security labels (dom-5).
// Spec: R4 references.html#contained, domainresource.html (invariants).
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// The scope of a resource that is not contained itself.
ContainerScope container_scope(const CheckContext& context, NodeId resource);

// Before a contained resource is walked.
void check_contained_resource(CheckContext& context, NodeId resource);

// After the container and all it contains have been walked.
void check_containment(CheckContext& context);

}  // namespace gateway
