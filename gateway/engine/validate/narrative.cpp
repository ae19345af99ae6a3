#include "gateway/engine/validate/narrative.h"

#include "gateway/engine/validate/xhtml_scan.h"

namespace gateway {

void check_narrative(CheckContext& context, NodeId node) {
    const NodeId div = context.document.child(node, context.names().div);
    if (div == no_node || !context.document.has_value(div)) {
        return;
    }
    const auto fault = xhtml_fault(context.document.value(div));
    if (!fault) {
        return;
    }
    switch (*fault) {
        case XhtmlFault::not_well_formed:
            context.findings.error("invalid", div, "the narrative is not well-formed XHTML");
            break;
        case XhtmlFault::not_a_div:
            context.findings.error("invalid", div, "the narrative must be one <div> element");
            break;
        case XhtmlFault::no_namespace:
            context.findings.error("invalid", div,
                                   "the narrative's <div> must be in the XHTML namespace: add "
                                   "xmlns=\"http://www.w3.org/1999/xhtml\"");
            break;
        case XhtmlFault::element_not_allowed:
            context.findings.error("invariant", div,
                                   "the narrative has an element that R4 does not allow: use only "
                                   "text formatting, lists, tables, links and images",
                                   "txt-1");
            break;
        case XhtmlFault::attribute_not_allowed:
            context.findings.error("invariant", div,
                                   "the narrative has an attribute that could run code: remove it",
                                   "txt-1");
            break;
        case XhtmlFault::empty:
            context.findings.error("invariant", div,
                                   "the narrative has nothing to read: give it a text or an image",
                                   "txt-2");
            break;
    }
}

}  // namespace gateway
