// What every aspect is given: the document, the compiled schema, the issues, and the surroundings
// of the node that is looked at. Belongs to one walk.
#pragma once

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gateway/engine/validate/check_program.h"
#include "gateway/engine/validate/findings.h"
#include "gateway/format/document/document.h"

namespace gateway {

// The Bundle around a resource: what its entries are known by.
struct BundleScope {
    std::unordered_map<std::string_view, NodeId> resources_by_full_url;
};

// A resource that is not contained, with those in it: what `#id` may mean.
struct ContainerScope {
    NodeId resource = no_node;
    std::unordered_map<std::string_view, NodeId> contained_by_id;
    std::unordered_set<std::string_view> referenced;  // ids that some `#id` named
    std::unordered_set<NodeId> refers_to_container;   // contained resources that hold a `#`
};

struct CheckContext {
    const Document& document;
    const CheckProgram& program;
    Findings& findings;
    BundleScope* bundle = nullptr;        // the nearest one; null outside a Bundle
    ContainerScope* container = nullptr;  // never null within a resource
    NodeId contained = no_node;           // the contained resource that is walked, if any

    const CheckNames& names() const { return program.names; }

    const Schema& schema() const { return program.schema; }

    std::string_view child_value(NodeId node, NameId name) const {
        const NodeId child = document.child(node, name);
        return child == no_node ? std::string_view{} : document.value(child);
    }

    bool has_child(NodeId node, NameId name) const { return document.child(node, name) != no_node; }
};

}  // namespace gateway
