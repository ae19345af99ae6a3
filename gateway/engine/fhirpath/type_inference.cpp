#include "gateway/engine/fhirpath/type_inference.h"

#include <algorithm>

#include "gateway/engine/fhirpath/node_types.h"

namespace gateway {
namespace {

// A declared Resource may be any resource: nothing is known of its elements.
bool is_open(const Schema& schema, TypeId type) {
    const Type& known = schema.type(type);
    return known.is_abstract && known.kind != TypeKind::backbone;
}

void add_type(std::vector<TypeId>& types, TypeId type) {
    if (std::find(types.begin(), types.end(), type) == types.end()) {
        types.push_back(type);
    }
}

PathType result_system(ResultType result) {
    switch (result) {
        case ResultType::boolean:
            return system_type(ValueType::boolean);
        case ResultType::integer:
            return system_type(ValueType::integer);
        case ResultType::long_integer:
            return system_type(ValueType::long_integer);
        case ResultType::decimal:
            return system_type(ValueType::decimal);
        case ResultType::string:
            return system_type(ValueType::string);
        case ResultType::strings:
            return system_type(ValueType::string, false);
        case ResultType::date:
            return system_type(ValueType::date);
        case ResultType::date_time:
            return system_type(ValueType::date_time);
        case ResultType::time:
            return system_type(ValueType::time);
        case ResultType::quantity:
            return system_type(ValueType::quantity);
        default:
            return any_type();
    }
}

}  // namespace

PathType any_type() {
    return {};
}

PathType system_type(ValueType type, bool single) {
    PathType result;
    result.kind = PathType::Kind::system;
    result.system = type;
    result.single = single;
    return result;
}

PathType node_type(TypeId type, bool single) {
    PathType result;
    result.kind = PathType::Kind::node;
    result.nodes.push_back(type);
    result.single = single;
    return result;
}

MemberType member_type(const Schema* schema, const PathType& input, NameId name) {
    MemberType member;
    if (input.kind == PathType::Kind::empty) {
        member.type = input;
        return member;
    }
    if (schema == nullptr || input.kind != PathType::Kind::node) {
        return member;
    }
    member.type.kind = PathType::Kind::node;
    member.type.single = input.single;
    member.type.ordered = input.ordered;
    for (const TypeId type : input.nodes) {
        const Element* element = name == no_name ? nullptr : schema->element_by_name(type, name);
        if (element == nullptr) {
            // A primitive's own value (R4 string.value and its like): the node itself.
            if (schema->type(type).kind == TypeKind::primitive &&
                name == schema->names().find("value")) {
                add_type(member.type.nodes, type);
            } else if (is_open(*schema, type)) {
                return {any_type(), true};
            }
            continue;
        }
        if (element->repeats()) {
            member.type.single = false;
        }
        for (const ElementType& choice : element->types) {
            if (choice.type == no_type || is_open(*schema, choice.type)) {
                return {any_type(), true};
            }
            add_type(member.type.nodes, choice.type);
        }
    }
    if (member.type.nodes.empty()) {
        member.type.kind = PathType::Kind::empty;
        member.known = false;
    }
    return member;
}

PathType tested_type(const PathTypeTest& test, bool single) {
    if (test.fhir != no_type) {
        return node_type(test.fhir, single);
    }
    if (test.is_system) {
        return system_type(test.system, single);
    }
    return any_type();
}

PathType union_type(const PathType& left, const PathType& right) {
    if (left.kind == PathType::Kind::empty) {
        return right;
    }
    if (right.kind == PathType::Kind::empty) {
        return left;
    }
    PathType result;
    result.ordered = left.ordered && right.ordered;
    if (left.kind != right.kind || left.kind == PathType::Kind::any) {
        return result;
    }
    if (left.kind == PathType::Kind::system) {
        if (left.system != right.system) {
            return result;
        }
        result.system = left.system;
    }
    result.kind = left.kind;
    result.nodes = left.nodes;
    for (const TypeId type : right.nodes) {
        add_type(result.nodes, type);
    }
    return result;
}

PathType binary_type(std::string_view symbol, const PathType& left, const PathType& right) {
    if (symbol == "|") {
        return union_type(left, right);
    }
    if (symbol == "&") {
        return system_type(ValueType::string);
    }
    const bool arithmetic = symbol == "+" || symbol == "-" || symbol == "*" || symbol == "/" ||
                            symbol == "div" || symbol == "mod";
    if (!arithmetic) {
        return system_type(ValueType::boolean);
    }
    PathType result;
    const bool same = left.kind == PathType::Kind::system && right.kind == left.kind &&
                      left.system == right.system && symbol != "/";
    if (same) {
        result = system_type(left.system);
    }
    result.single = true;
    return result;
}

PathType function_type(const PathFunction& function, const PathType& input,
                       const PathType& argument, const PathTypeTest& test) {
    PathType result;
    switch (function.result) {
        case ResultType::any:
            result.ordered = function.name != "children" && function.name != "descendants";
            return result;
        case ResultType::input:
            return input;
        case ResultType::item:
            result = input;
            result.single = true;
            return result;
        case ResultType::argument:
            result = argument;
            result.single = argument.single && input.single;
            result.ordered = argument.ordered && input.ordered;
            return result;
        case ResultType::tested:
            return tested_type(test, input.single);
        default:
            return result_system(function.result);
    }
}

std::string described(const Schema* schema, const PathType& type) {
    std::string text;
    switch (type.kind) {
        case PathType::Kind::any:
            return "unknown";
        case PathType::Kind::empty:
            return "empty";
        case PathType::Kind::system:
            text = name_of(type.system);
            break;
        case PathType::Kind::node:
            for (const TypeId node : type.nodes) {
                if (!text.empty()) {
                    text += " or ";
                }
                text += schema->type(node).name;
            }
            break;
    }
    return type.single ? text : text + " (many)";
}

ValueType system_meaning(const Schema* schema, const PathType& type) {
    if (type.kind == PathType::Kind::system) {
        return type.system;
    }
    if (type.kind != PathType::Kind::node || schema == nullptr) {
        return ValueType::node;
    }
    const ValueType first = system_type_of(*schema, type.nodes.front());
    const bool all_same = std::all_of(type.nodes.begin(), type.nodes.end(), [&](TypeId node) {
        return system_type_of(*schema, node) == first;
    });
    return all_same ? first : ValueType::node;
}

bool is_never(const Schema* schema, const PathType& type, ValueType wanted) {
    if (type.kind == PathType::Kind::system) {
        return type.system != wanted;
    }
    if (type.kind != PathType::Kind::node || schema == nullptr) {
        return false;
    }
    return std::none_of(type.nodes.begin(), type.nodes.end(), [&](TypeId node) {
        return is_open(*schema, node) || system_type_of(*schema, node) == wanted;
    });
}

}  // namespace gateway
