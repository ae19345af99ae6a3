#include "gateway/flow/pipeline/fhir_view.h"

namespace gateway {

std::vector<NodeId> resources_of(const Document& bundle) {
    std::vector<NodeId> resources;
    for (const NodeId entry : bundle.children(bundle.root(), "entry")) {
        const NodeId resource = bundle.child(entry, "resource");
        if (resource != no_node) {
            resources.push_back(resource);
        }
    }
    return resources;
}

NodeId resource_of_type(const Document& bundle, std::string_view type) {
    for (const NodeId resource : resources_of(bundle)) {
        if (bundle.resource_type(resource) == type) {
            return resource;
        }
    }
    return no_node;
}

NodeId put_text(Document& document, NodeId parent, std::string_view name, std::string_view value) {
    const NodeId node = document.append(parent, name);
    document.set_value(node, ValueKind::string, value);
    return node;
}

}  // namespace gateway
