#include "gateway/engine/fhirpath/node_types.h"

#include <array>
#include <limits>
#include <string_view>

namespace gateway {
namespace {

struct PrimitiveMeaning {
    std::string_view fhir;
    ValueType system;
};

// R4 fhirpath.html#types; integer64 is R5's.
constexpr std::array<PrimitiveMeaning, 21> primitive_meanings{{
    {"string", ValueType::string},
    {"code", ValueType::string},
    {"uri", ValueType::string},
    {"boolean", ValueType::boolean},
    {"dateTime", ValueType::date_time},
    {"decimal", ValueType::decimal},
    {"integer", ValueType::integer},
    {"date", ValueType::date},
    {"id", ValueType::string},
    {"markdown", ValueType::string},
    {"canonical", ValueType::string},
    {"url", ValueType::string},
    {"instant", ValueType::date_time},
    {"positiveInt", ValueType::integer},
    {"unsignedInt", ValueType::integer},
    {"time", ValueType::time},
    {"oid", ValueType::string},
    {"uuid", ValueType::string},
    {"base64Binary", ValueType::string},
    {"xhtml", ValueType::string},
    {"integer64", ValueType::long_integer},
}};

constexpr std::size_t depth_max = 256;

std::optional<Value> number_value(std::string_view text) {
    const auto decimal = Decimal128::parse(text);
    if (!decimal) {
        return std::nullopt;
    }
    if (text.find_first_of(".eE") != std::string_view::npos) {
        return Value::of(*decimal);
    }
    const auto integer = decimal->to_integer();
    if (!integer) {
        return Value::of(*decimal);
    }
    return *integer >= std::numeric_limits<std::int32_t>::min() &&
                   *integer <= std::numeric_limits<std::int32_t>::max()
               ? Value::of_integer(*integer)
               : Value::of_long(*integer);
}

std::optional<Value> typed_value(ValueType type, std::string_view text) {
    switch (type) {
        case ValueType::string:
            return Value::of_string(text);
        case ValueType::boolean:
            if (text != "true" && text != "false") {
                return std::nullopt;
            }
            return Value::of(text == "true");
        case ValueType::integer:
        case ValueType::long_integer:
            return number_value(text);
        case ValueType::decimal:
            if (const auto decimal = Decimal128::parse(text)) {
                return Value::of(*decimal);
            }
            return std::nullopt;
        case ValueType::date:
            if (const auto date = parse_date(text)) {
                return Value::of_date(*date);
            }
            return std::nullopt;
        case ValueType::date_time:
            if (const auto time = parse_date_time(text)) {
                return Value::of_date_time(*time);
            }
            return std::nullopt;
        case ValueType::time:
            if (const auto time = parse_time(text)) {
                return Value::of_time(*time);
            }
            return std::nullopt;
        case ValueType::node:
        case ValueType::quantity:
        case ValueType::type:
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Value> untyped_value(ValueKind kind, std::string_view text) {
    switch (kind) {
        case ValueKind::string:
            return Value::of_string(text);
        case ValueKind::number:
            return number_value(text);
        case ValueKind::boolean:
            return Value::of(text == "true");
        case ValueKind::none:
        case ValueKind::null:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

ValueType system_type_of(const Schema& schema, TypeId type) {
    if (type == no_type) {
        return ValueType::node;
    }
    const Type& known = schema.type(type);
    if (known.kind != TypeKind::primitive) {
        return ValueType::node;
    }
    for (const PrimitiveMeaning& meaning : primitive_meanings) {
        if (meaning.fhir == known.name) {
            return meaning.system;
        }
    }
    return ValueType::string;
}

TypeId resource_type_of(const Schema& schema, const Document& document, NodeId node,
                        NameId resource_type) {
    const NodeId name = document.child(node, resource_type);
    return name == no_node ? no_type : schema.find_type(document.value(name));
}

TypeId child_type(const Schema& schema, const Document& document, NodeId child, TypeId declared) {
    if (declared == no_type || schema.type(declared).kind != TypeKind::resource) {
        return declared;
    }
    const NodeId name = document.type_child(child);
    if (name == no_node) {
        return declared;
    }
    const TypeId actual = schema.find_type(document.value(name));
    return actual == no_type ? declared : actual;
}

TypeId find_node_type(const Schema& schema, const Document& document, NodeId node) {
    if (!document.holds_resources()) {
        return no_type;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as far as `length` says
    std::array<NodeId, depth_max> way;
    std::size_t length = 0;
    TypeId type = no_type;
    for (NodeId at = node; at != no_node; at = document.parent(at)) {
        const NodeId name = document.type_child(at);
        if (name != no_node) {
            type = schema.find_type(document.value(name));
            break;
        }
        if (length == depth_max) {
            return no_type;
        }
        way[length++] = at;
    }
    while (length > 0 && type != no_type) {
        const NodeId at = way[--length];
        const ElementMatch match = schema.element(type, document.name_id(at));
        type = match ? match.type->type : no_type;
    }
    return type;
}

Value with_type(const Schema* schema, const Value& value) {
    if (schema == nullptr || !value.is_node() || value.node_type() != no_type) {
        return value;
    }
    const TypeId type = find_node_type(*schema, value.document(), value.node());
    return Value::of(value.document(), value.node(), type);
}

std::optional<Value> primitive_value(const Schema* schema, const Document& document, NodeId node,
                                     TypeId type) {
    if (!document.has_value(node)) {
        return std::nullopt;
    }
    const std::string_view text = document.value(node);
    if (schema != nullptr && type != no_type) {
        const ValueType system = system_type_of(*schema, type);
        if (system != ValueType::node) {
            return typed_value(system, text);
        }
    }
    return untyped_value(document.kind(node), text);
}

NodeId enclosing_resource(const Document& document, NodeId node) {
    for (NodeId at = document.holds_resources() ? node : no_node; at != no_node;
         at = document.parent(at)) {
        if (document.type_child(at) != no_node) {
            return at;
        }
    }
    return no_node;
}

}  // namespace gateway
