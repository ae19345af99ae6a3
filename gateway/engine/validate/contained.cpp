#include "gateway/engine/validate/contained.h"

namespace gateway {

namespace {

void refuse_in_meta(CheckContext& context, NodeId meta, std::string_view name,
                    std::string_view rule) {
    const NodeId found = context.document.child(meta, name);
    if (found != no_node) {
        context.findings.error(
            "invariant", found,
            "a contained resource has no " + std::string{name} + " of its own: leave it out", rule);
    }
}

}  // namespace

ContainerScope container_scope(const CheckContext& context, NodeId resource) {
    ContainerScope scope;
    scope.resource = resource;
    const Document& document = context.document;
    for (NodeId child = document.first_child(resource); child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) == context.names().contained) {
            const std::string_view id = context.child_value(child, context.names().id);
            if (!id.empty()) {
                scope.contained_by_id.emplace(id, child);
            }
        }
    }
    return scope;
}

void check_contained_resource(CheckContext& context, NodeId resource) {
    const NodeId nested = context.document.child(resource, context.names().contained);
    if (nested != no_node) {
        context.findings.error("invariant", nested,
                               "a contained resource contains none itself: move it to the outer "
                               "resource",
                               "dom-2");
    }
    const NodeId meta = context.document.child(resource, context.names().meta);
    if (meta != no_node) {
        refuse_in_meta(context, meta, "versionId", "dom-4");
        refuse_in_meta(context, meta, "lastUpdated", "dom-4");
        refuse_in_meta(context, meta, "security", "dom-5");
    }
    if (context.child_value(resource, context.names().id).empty()) {
        context.findings.error("invalid", resource,
                               "a contained resource needs an id, so that it can be referred to");
    }
}

void check_containment(CheckContext& context) {
    const ContainerScope& scope = *context.container;
    const Document& document = context.document;
    if (scope.contained_by_id.empty()) {
        return;
    }
    for (NodeId child = document.first_child(scope.resource); child != no_node;
         child = document.next(child)) {
        const std::string_view id = context.child_value(child, context.names().id);
        if (document.name_id(child) == context.names().contained && !id.empty() &&
            !scope.referenced.contains(id) && !scope.refers_to_container.contains(child)) {
            context.findings.error("invariant", child,
                                   "nothing refers to this contained resource: refer to it with "
                                   "#id, or leave it out",
                                   "dom-3");
        }
    }
}

}  // namespace gateway
