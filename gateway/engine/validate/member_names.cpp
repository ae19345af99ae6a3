#include "gateway/engine/validate/member_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::size_t shown_max = 64;

// A name from outside as it may stand in a text: short, and of letters that names are made of.
std::string shown(std::string_view name) {
    std::string out{name.substr(0, shown_max)};
    std::ranges::replace_if(
        out,
        [](char c) {
            const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
            return !plain;
        },
        '?');
    return out;
}

std::vector<std::string> json_names(const CheckContext& context, const TypeCheck& type) {
    std::vector<std::string> names;
    names.reserve(type.members().size());
    for (const MemberCheck& member : type.members()) {
        names.emplace_back(context.schema().names().text(member.json_name));
    }
    return names;
}

// `value`, or `valueQuantitty`: the stem alone or with some type.
bool is_of_choice(std::string_view name, std::string_view stem) {
    return name.starts_with(stem) &&
           (name.size() == stem.size() || (name[stem.size()] >= 'A' && name[stem.size()] <= 'Z'));
}

std::string choice_hint(const CheckContext& context, const Element& choice) {
    std::string names;
    for (const ElementType& type : choice.types) {
        names += names.empty() ? "" : ", ";
        names += context.schema().names().text(type.json_name);
    }
    return "this choice may be written " + names;
}

std::string hint(const CheckContext& context, std::string_view name, const TypeCheck& type) {
    for (const Element& element : type.type().elements) {
        if (element.is_choice && is_of_choice(name, context.schema().names().text(element.name))) {
            return choice_hint(context, element);
        }
    }
    if (type.type().kind == TypeKind::primitive) {
        return "a primitive has a value, and beside it only id and extension";
    }
    const auto nearest = nearest_word(name, json_names(context, type));
    return nearest ? fmt::format("did you mean {}?", *nearest)
                   : std::string{"leave it out, or carry it in an extension"};
}

std::vector<std::string> resource_names(const Schema& schema) {
    std::vector<std::string> names;
    for (TypeId id = 0; id < schema.types().size(); ++id) {
        if (schema.is_concrete_resource(id)) {
            names.emplace_back(schema.type(id).name);
        }
    }
    return names;
}

}  // namespace

void report_unknown_member(CheckContext& context, NodeId object, NodeId member,
                           const TypeCheck& type) {
    const std::string_view name = context.document.name(member);
    context.findings.add({.code = "structure",
                          .at = object,
                          .text = fmt::format("{} has no element {}: {}", type.type().name,
                                              shown(name), hint(context, name, type)),
                          .shown_at = member});
}

TypeId check_resource_type(CheckContext& context, NodeId node) {
    const NodeId named = context.document.child(node, context.names().resource_type);
    if (named == no_node) {
        context.findings.error("structure", node,
                               "a resource must name its type: add resourceType");
        return no_type;
    }
    const std::string_view name = context.document.value(named);
    const TypeId type = context.schema().find_type(name);
    if (context.schema().is_concrete_resource(type)) {
        return type;
    }
    const auto nearest = nearest_word(name, resource_names(context.schema()));
    context.findings.error("structure", node,
                           fmt::format("{} is no resource type of FHIR {}{}", shown(name),
                                       context.schema().fhir_version(),
                                       nearest ? "; did you mean " + *nearest + "?" : ""));
    return no_type;
}

}  // namespace gateway
