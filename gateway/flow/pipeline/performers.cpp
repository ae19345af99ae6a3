#include "gateway/flow/pipeline/performers.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string>

#include "gateway/flow/pipeline/convert.h"
#include "gateway/flow/pipeline/fhir_view.h"

namespace gateway {

namespace {

constexpr std::string_view urn = "urn:uuid:";

// Every node below, in document order.
template <typename Visit>
void walk(const Document& document, NodeId node, const Visit& visit) {
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        visit(child);
        walk(document, child, visit);
    }
}

bool names(const Document& bundle, NodeId resource, std::string_view value) {
    bool found = false;
    walk(bundle, resource, [&](NodeId node) { found = found || bundle.value(node) == value; });
    return found;
}

using NewNames = std::map<std::string, std::string, std::less<>>;

// Ids, and the urns that stand for them in a Bundle.
NewNames new_names(const Document& bundle, std::string_view performer, std::string_view key) {
    NewNames renamed;
    const auto rename = [&](std::string_view type, std::string_view id) {
        const std::array<std::string_view, 2> parts{id, performer};
        std::string next = stable_id(key, fmt::format("{}-of-performer", type), parts);
        renamed.emplace(fmt::format("{}{}", urn, id), fmt::format("{}{}", urn, next));
        renamed.emplace(id, std::move(next));
    };
    const NodeId task = resource_of_type(bundle, "Task");
    const std::string task_urn = fmt::format("{}{}", urn, bundle.child_value(task, "id"));
    rename("Bundle", bundle.child_value(bundle.root(), "id"));
    for (const NodeId resource : resources_of(bundle)) {
        if (resource == task || names(bundle, resource, task_urn)) {
            rename(bundle.resource_type(resource), bundle.child_value(resource, "id"));
        }
    }
    return renamed;
}

void rename_in(Document& bundle, const NewNames& renamed) {
    walk(bundle, bundle.root(), [&](NodeId node) {
        const auto found = renamed.find(bundle.value(node));
        if (found != renamed.end()) {
            bundle.set_value(node, bundle.kind(node), found->second);
        }
    });
}

// The message names one receiver at most, and that is the first performer: this one is named by
// what the settings know of it.
void set_owner(Document& bundle, const Partner& performer) {
    const NodeId task = resource_of_type(bundle, "Task");
    NodeId owner = bundle.child(task, "owner");
    if (owner == no_node) {
        owner = bundle.append(task, "owner");
    }
    while (bundle.has_children(owner)) {
        bundle.detach(bundle.first_child(owner));
    }
    put_text(bundle, owner, "type", "Organization");
    if (!performer.organization.empty()) {
        const NodeId identifier = bundle.append(owner, "identifier");
        put_text(bundle, identifier, "system", performer.organization[0].system);
        put_text(bundle, identifier, "value", performer.organization[0].value);
    }
    put_text(bundle, owner, "display", performer.name);
}

}  // namespace

Document bundle_for(const Document& bundle, const Partner& performer, std::string_view id_key) {
    Document own(bundle.shared_names());
    own.copy_into(bundle, bundle.root(), own.root());
    rename_in(own, new_names(bundle, performer.id, id_key));
    set_owner(own, performer);
    return own;
}

}  // namespace gateway
