#include "gateway/engine/validate/extension.h"

#include "gateway/engine/validate/reference.h"

namespace gateway {

namespace {

// What an extension holds beside its id, url and extensions is a value; anything else has been
// reported as unknown.
bool has_value(const CheckContext& context, NodeId node) {
    const Document& document = context.document;
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        const NameId name = document.name_id(child);
        if (name != context.names().id && name != context.names().url &&
            name != context.names().extension) {
            return true;
        }
    }
    return false;
}

// The parts of an extension are named by its definition, by relative urls.
bool is_within_extension(const CheckContext& context, NodeId node) {
    const NodeId above = context.document.parent(node);
    if (above == no_node) {
        return false;
    }
    const NameId name = context.document.name_id(above);
    return name == context.names().extension || name == context.names().modifier_extension;
}

}  // namespace

void check_extension(CheckContext& context, NodeId node) {
    const bool nested = context.has_child(node, context.names().extension);
    if (nested == has_value(context, node)) {
        context.findings.error("invariant", node,
                               nested ? "an extension has either a value or extensions: keep one"
                                      : "an extension needs a value or extensions",
                               "ext-1");
    }
    const std::string_view url = context.child_value(node, context.names().url);
    if (!url.empty() && !is_absolute(url) && !is_within_extension(context, node)) {
        context.findings.error("invalid", node,
                               "the url of an extension must be absolute: it names the "
                               "extension's definition");
    }
}

}  // namespace gateway
