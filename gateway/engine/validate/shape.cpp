#include "gateway/engine/validate/shape.h"

#include <fmt/format.h>

namespace gateway {

namespace {

std::string_view kind_word(ValueKind kind) {
    switch (kind) {
        case ValueKind::string:
            return "a string";
        case ValueKind::number:
            return "a number";
        case ValueKind::boolean:
            return "true or false";
        case ValueKind::none:
            return "an object";
        case ValueKind::null:
            return "null";
    }
    return "a value";
}

ValueKind kind_of(JsonForm form) {
    switch (form) {
        case JsonForm::string:
            return ValueKind::string;
        case JsonForm::number:
            return ValueKind::number;
        case JsonForm::boolean:
            break;
    }
    return ValueKind::boolean;
}

std::string_view type_name(const CheckContext& context, const MemberCheck& member) {
    return context.schema().type(member.type->type).name;
}

// ele-1: "hasValue() or (children().count() > id.count())".
bool has_content(const CheckContext& context, NodeId node) {
    const Document& document = context.document;
    for (NodeId child = document.first_child(node); child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) != context.names().id) {
            return true;
        }
    }
    return false;
}

void report_empty(CheckContext& context, NodeId node, std::string_view fix) {
    context.findings.error("invariant", node, std::string{fix}, "ele-1");
}

}  // namespace

void check_repetition(CheckContext& context, NodeId node, const MemberCheck& member) {
    const bool is_array = context.document.repeats(node);
    if (is_array == member.element->repeats()) {
        return;
    }
    const std::string_view name = context.document.name(node);
    context.findings.error(
        "structure", node,
        is_array ? fmt::format("{} occurs at most once: write it without an array", name)
                 : fmt::format("{} may repeat: write it as an array, even with one member", name));
}

bool check_object(CheckContext& context, NodeId node, const MemberCheck& member) {
    const ValueKind kind = context.document.kind(node);
    if (kind != ValueKind::none) {
        context.findings.error(
            "structure", node,
            fmt::format("{} is of type {}: give an object, not {}", context.document.name(node),
                        type_name(context, member), kind_word(kind)));
        return false;
    }
    if (!has_content(context, node)) {
        report_empty(context, node, "the object is empty: leave it out, or give it a content");
        return false;
    }
    return true;
}

PrimitiveForm check_primitive_shape(CheckContext& context, NodeId node, const MemberCheck& member) {
    const ValueKind kind = context.document.kind(node);
    const ValueKind wanted = kind_of(json_form(member.primitive));
    if (kind == wanted) {
        return PrimitiveForm::value;
    }
    const bool is_object = kind == ValueKind::none || kind == ValueKind::null;
    if (is_object && !has_content(context, node)) {
        report_empty(context, node,
                     "the element has neither a value nor an extension: leave it out");
        return PrimitiveForm::wrong;
    }
    if (is_object && context.has_child(node, context.names().extension)) {
        return PrimitiveForm::valueless;
    }
    context.findings.error(
        is_object ? "structure" : "invalid", node,
        fmt::format("{} is of type {}: give {}, not {}", context.document.name(node),
                    type_name(context, member), kind_word(wanted),
                    kind_word(is_object ? ValueKind::none : kind)));
    return PrimitiveForm::wrong;
}

}  // namespace gateway
