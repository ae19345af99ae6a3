#include "gateway/engine/validate/primitive_value.h"

namespace gateway {

void check_primitive_value(CheckContext& context, NodeId node, const MemberCheck& member) {
    if (member.primitive == Primitive::xhtml) {
        return;  // the narrative's own aspect says more
    }
    const auto fault = fault_of(member.primitive, context.document.value(node));
    if (fault) {
        context.findings.error("invalid", node, *fault);
    }
}

}  // namespace gateway
