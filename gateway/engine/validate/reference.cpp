#include "gateway/engine/validate/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "gateway/base/text.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

constexpr std::string_view uuid_prefix = "urn:uuid:";
constexpr std::string_view oid_prefix = "urn:oid:";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_http(std::string_view uri) {
    return uri.starts_with("http://") || uri.starts_with("https://");
}

bool allows_any(const CheckContext& context, const MemberCheck& member) {
    const auto targets = member.type->targets;
    return targets.empty() || std::ranges::any_of(targets, [&](TypeId target) {
               return context.schema().type(target).is_abstract;
           });
}

std::string target_names(const CheckContext& context, const MemberCheck& member) {
    std::vector<std::string_view> names;
    for (const TypeId target : member.type->targets) {
        names.push_back(context.schema().type(target).name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// The fault is the Reference's, the place to look is its text.
void report(CheckContext& context, NodeId node, std::string_view code, std::string text,
            std::string_view rule = {}) {
    context.findings.add({.code = code,
                          .at = node,
                          .text = std::move(text),
                          .rule = rule,
                          .shown_at = context.document.child(node, context.names().reference)});
}

void warn(CheckContext& context, NodeId node, std::string_view code, std::string text) {
    context.findings.add({.severity = Severity::warning,
                          .code = code,
                          .at = node,
                          .text = std::move(text),
                          .shown_at = context.document.child(node, context.names().reference)});
}

void check_target_type(CheckContext& context, NodeId node, const MemberCheck& member,
                       TypeId found) {
    if (found == no_type || allows_any(context, member) ||
        std::ranges::find(member.type->targets, found) != member.type->targets.end()) {
        return;
    }
    report(context, node, "structure",
           fmt::format("{} must not refer to {}: refer to one of {}", member.element->path,
                       context.schema().type(found).name, target_names(context, member)));
}

TypeId type_of_resource(const CheckContext& context, NodeId resource) {
    return context.schema().find_type(context.child_value(resource, context.names().resource_type));
}

// `#id`: a resource contained in the same container; `#` alone is the container (ref-1).
void check_contained(CheckContext& context, NodeId node, const MemberCheck& member,
                     std::string_view id) {
    ContainerScope& container = *context.container;
    if (id.empty()) {
        if (context.contained != no_node) {
            container.refers_to_container.insert(context.contained);
        }
        check_target_type(context, node, member, type_of_resource(context, container.resource));
        return;
    }
    container.referenced.insert(id);
    const auto target = container.contained_by_id.find(id);
    if (target == container.contained_by_id.end()) {
        report(context, node, "invalid",
               "no contained resource has this id: contain the resource, or refer "
               "to it by its url",
               "ref-1");
        return;
    }
    check_target_type(context, node, member, type_of_resource(context, target->second));
}

// Reference.reference is a string, so a malformed urn is no error of R4's; it is told where no
// entry answers to it.
void check_urn(CheckContext& context, NodeId node, const MemberCheck& member,
               std::string_view urn) {
    if (context.bundle != nullptr) {
        const auto target = context.bundle->resources_by_full_url.find(urn);
        if (target == context.bundle->resources_by_full_url.end()) {
            warn(context, node, "not-found",
                 "no entry of the Bundle has this fullUrl: add the entry, or refer to the "
                 "resource by its url");
            return;
        }
        if (target->second != no_node) {
            check_target_type(context, node, member, type_of_resource(context, target->second));
        }
        return;
    }
    const bool is_uuid = urn.starts_with(uuid_prefix);
    if (const auto fault = fault_of(is_uuid ? Primitive::uuid : Primitive::oid, urn)) {
        warn(context, node, "invalid", *fault);
    }
}

// `Type/id`, `Type/id/_history/version`, or a search (`Type?…`, in transactions).
void check_relative(CheckContext& context, NodeId node, const MemberCheck& member,
                    std::string_view reference) {
    const LiteralTarget target = literal_target(reference);
    const TypeId type = context.schema().find_type(target.type);
    if (!context.schema().is_concrete_resource(type)) {
        report(context, node, "invalid",
               "a relative reference is written [type]/[id], with a resource type "
               "of FHIR");
        return;
    }
    if (!target.id.empty() && fault_of(Primitive::id, target.id)) {
        report(context, node, "invalid",
               "the id in the reference may have letters, digits, - and . and at "
               "most 64 of them");
        return;
    }
    check_target_type(context, node, member, type);
}

void check_http(CheckContext& context, NodeId node, const MemberCheck& member,
                std::string_view reference) {
    if (context.bundle != nullptr) {
        const auto target = context.bundle->resources_by_full_url.find(reference);
        if (target != context.bundle->resources_by_full_url.end() && target->second != no_node) {
            check_target_type(context, node, member, type_of_resource(context, target->second));
            return;
        }
    }
    // Any url may be a resource's; only the RESTful form tells its type.
    const TypeId type = context.schema().find_type(literal_target(reference).type);
    if (context.schema().is_concrete_resource(type)) {
        check_target_type(context, node, member, type);
    }
}

}  // namespace

bool is_absolute(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    return colon != std::string_view::npos && colon > 0 && is_letter(uri.front()) &&
           std::ranges::all_of(uri.substr(0, colon), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
           });
}

LiteralTarget literal_target(std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    if (const std::size_t search = reference.find('?'); search != std::string_view::npos) {
        const std::string_view path = reference.substr(0, search);
        return {.type = path.substr(path.rfind('/') + 1), .id = {}};
    }
    if (const std::size_t history = reference.find("/_history/");
        history != std::string_view::npos) {
        reference = reference.substr(0, history);
    }
    const std::size_t slash = reference.rfind('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view above = reference.substr(0, slash);
    return {.type = above.substr(above.rfind('/') + 1), .id = reference.substr(slash + 1)};
}

void check_reference(CheckContext& context, NodeId node, const MemberCheck& member) {
    const NodeId type = context.document.child(node, context.names().type);
    if (type != no_node) {
        check_target_type(context, node, member,
                          context.schema().find_type(context.document.value(type)));
    }
    const NodeId literal = context.document.child(node, context.names().reference);
    if (literal == no_node || !context.document.has_value(literal)) {
        return;
    }
    const std::string_view reference = context.document.value(literal);
    if (reference.starts_with('#')) {
        check_contained(context, node, member, reference.substr(1));
    } else if (reference.starts_with(uuid_prefix) || reference.starts_with(oid_prefix)) {
        check_urn(context, node, member, reference);
    } else if (is_http(reference)) {
        check_http(context, node, member, reference);
    } else if (!is_absolute(reference)) {
        check_relative(context, node, member, reference);
    }
}

}  // namespace gateway
