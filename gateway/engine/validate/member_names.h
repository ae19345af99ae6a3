// Aspect: every member of an object is an element of its type, and every resource type exists.
// Spec: R4 json.html ("unrecognized property"), validation.html.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// `member` of `object` is unknown to `type`: names the nearest element, or the types of a choice
// that was named by its stem alone.
void report_unknown_member(CheckContext& context, NodeId object, NodeId member,
                           const TypeCheck& type);

// The concrete type of the resource at `node`; no_type after reporting why there is none.
TypeId check_resource_type(CheckContext& context, NodeId node);

}  // namespace gateway
