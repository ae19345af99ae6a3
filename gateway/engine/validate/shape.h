// Aspect: a member has the form of its element: an array where it may repeat and only there, an
// object for a complex type, a value for a primitive, of the JSON kind that its type demands; and
// nothing is empty (ele-1). Spec: R4 json.html, element.html#Element (invariant ele-1).
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// Array or single. Called for the first of a run of members of one name.
void check_repetition(CheckContext& context, NodeId node, const MemberCheck& member);

// True if the node's content can be looked into: a complex type or resource with members.
bool check_object(CheckContext& context, NodeId node, const MemberCheck& member);

enum class PrimitiveForm {
    value,      // of the right JSON kind
    valueless,  // id or extensions stand for it
    wrong,      // reported; there is nothing to look into
};

PrimitiveForm check_primitive_shape(CheckContext& context, NodeId node, const MemberCheck& member);

}  // namespace gateway
