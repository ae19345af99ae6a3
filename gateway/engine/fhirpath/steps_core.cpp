#include <algorithm>

#include "gateway/engine/fhirpath/node_types.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

void push_child(Evaluator& evaluator, const Document& document, NodeId child, TypeId declared) {
    // Nothing stands there: a gap in a JSON array, or HL7 v2's `""`.
    if (document.kind(child) == ValueKind::null && !document.has_children(child)) {
        return;
    }
    evaluator.count_step();
    const Schema* schema = evaluator.schema();
    const TypeId type =
        schema == nullptr ? no_type : child_type(*schema, document, child, declared);
    evaluator.push(Value::of(document, child, type));
}

// The type of a step's input was known when compiling: so are the names and types of its children.
void push_known_children(Evaluator& evaluator, const Value& value, const PathStep& step) {
    const Document& document = value.document();
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        const NameId name = document.name_id(child);
        for (const PathChild& known : step.known_children) {
            if (known.name == name) {
                push_child(evaluator, document, child, known.type);
            }
        }
    }
}

void push_element_children(Evaluator& evaluator, const Value& value, const Element& element) {
    const Document& document = value.document();
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        const NameId name = document.name_id(child);
        for (const ElementType& type : element.types) {
            if (type.json_name != name) {
                continue;
            }
            push_child(evaluator, document, child, type.type);
            break;
        }
    }
}

// HL7 v2: the first part of a field that its sender did not divide is the field itself.
bool is_first_part(const Document& document, NodeId node, std::string_view name) {
    return document.self_first(node) && (name == "c1" || name == "s1");
}

// Nothing is known of the input but the names of its children.
void push_untyped_children(Evaluator& evaluator, const Value& value, const PathStep& step) {
    const Document& document = value.document();
    const bool shared_names = &document.names() == evaluator.code().names && step.name != no_name;
    const auto wanted = shared_names ? std::optional(step.name) : document.find_name(step.text);
    if (!wanted && step.choices.empty()) {
        return;
    }
    bool found = false;
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        const NameId name = document.name_id(child);
        const auto matches = [name](const ElementType& choice) { return choice.json_name == name; };
        if (wanted == name) {
            push_child(evaluator, document, child, no_type);
        } else if (const auto choice =
                       std::find_if(step.choices.begin(), step.choices.end(), matches);
                   choice != step.choices.end()) {
            push_child(evaluator, document, child, choice->type);
        } else {
            continue;
        }
        found = true;
    }
    if (!found && is_first_part(document, value.node(), step.text)) {
        evaluator.push(value);
    }
}

// What maps and older expressions write: `valueString` for `value`, and a primitive's own `value`
// (R4 string.value and its like: the node without its extensions).
void push_by_written_name(Evaluator& evaluator, const Value& value, const PathStep& step) {
    const Schema& schema = *evaluator.schema();
    const Document& document = value.document();
    if (step.text == "value" && document.has_value(value.node()) &&
        schema.type(value.node_type()).kind == TypeKind::primitive) {
        evaluator.push(value);
        return;
    }
    const ElementMatch match =
        step.name == no_name ? ElementMatch{} : schema.element(value.node_type(), step.name);
    for (NodeId child = match ? document.first_child(value.node()) : no_node; child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) == step.name) {
            push_child(evaluator, document, child, match.type->type);
        }
    }
}

void push_typed_children(Evaluator& evaluator, const Value& value, const PathStep& step) {
    const Schema& schema = *evaluator.schema();
    if (value.node_type() == step.known_input && !step.known_children.empty()) {
        push_known_children(evaluator, value, step);
        return;
    }
    const Element* element =
        step.name == no_name ? nullptr : schema.element_by_name(value.node_type(), step.name);
    if (element != nullptr) {
        push_element_children(evaluator, value, *element);
    } else {
        push_by_written_name(evaluator, value, step);
    }
}

void push_member_of_system_value(Evaluator& evaluator, const Value& value, const PathStep& step) {
    if (value.type() == ValueType::quantity) {
        const Quantity& quantity = value.quantity();
        if (step.text == "value") {
            evaluator.push(Value::of(quantity.value));
        }
        if (step.text == "unit" || step.text == "code") {
            evaluator.push(Value::of_string(quantity.unit));
        }
    } else if (value.type() == ValueType::type) {
        if (step.text == "name") {
            evaluator.push(Value::of_string(value.type_name().name));
        }
        if (step.text == "namespace") {
            evaluator.push(Value::of_string(value.type_name().space));
        }
    }
}

void push_member(Evaluator& evaluator, const Value& value, const PathStep& step) {
    evaluator.count_step();
    if (!value.is_node()) {
        push_member_of_system_value(evaluator, value, step);
        return;
    }
    const bool typed = evaluator.schema() != nullptr && value.node_type() != no_type;
    if (!typed) {
        push_untyped_children(evaluator, value, step);
        return;
    }
    if (&value.document().names() != evaluator.code().names) {
        // A document with a table of its own: its numbers mean nothing to the schema.
        push_untyped_children(evaluator, value, step);
        return;
    }
    push_typed_children(evaluator, value, step);
}

bool is_resource_called(const Value& value, std::string_view name) {
    return value.is_node() && value.document().resource_type(value.node()) == name;
}

// `System` types of values; those of nodes are FHIR's.
bool is_of_system_type(const Value& value, const PathTypeTest& type) {
    return type.is_system && !value.is_node() && value.type() == type.system;
}

void test_single(Evaluator& evaluator, const PathStep& step, std::size_t begin) {
    const auto value = evaluator.single(step, begin);
    if (!value) {
        return;
    }
    evaluator.replace(begin, is_of_type(evaluator, *value, step.type));
}

// The operand of `is` and `as`: on the left of the operator, or the target of the function.
std::size_t run_tested(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    if (step.text == "is" || step.text == "as") {
        if (step.target == no_step && !step.arguments.empty()) {
            const std::size_t begin = evaluator.size();
            evaluator.run_operand(step.arguments[0], scope);
            return begin;
        }
    }
    return evaluator.run_input(step, scope);
}

}  // namespace

void run_empty(Evaluator& /*evaluator*/, const PathStep& /*step*/, const PathScope& /*scope*/) {
}

void run_literal(Evaluator& evaluator, const PathStep& step, const PathScope& /*scope*/) {
    evaluator.push(step.literal);
}

void run_this(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& scope) {
    evaluator.push_range(scope.this_begin, scope.this_end);
}

void run_index(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& scope) {
    if (scope.index >= 0) {
        evaluator.push(Value::of_integer(scope.index));
    }
}

void run_total(Evaluator& evaluator, const PathStep& /*step*/, const PathScope& scope) {
    evaluator.push_range(scope.total_begin, scope.total_end);
}

void run_member(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    if (step.target == no_step) {
        for (std::size_t index = scope.this_begin; index < scope.this_end; ++index) {
            push_member(evaluator, Value(evaluator.at(index)), step);
        }
        return;
    }
    const std::size_t begin = evaluator.size();
    evaluator.run(step.target, scope);
    const std::size_t middle = evaluator.size();
    for (std::size_t index = begin; index < middle; ++index) {
        push_member(evaluator, Value(evaluator.at(index)), step);
    }
    evaluator.check_memory();
    evaluator.keep_above(begin, middle);
}

// The first identifier of a path may be the type of the focus: `Patient.name` (N1 #path-selection).
void run_type_head(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    for (std::size_t index = scope.this_begin; index < scope.this_end; ++index) {
        const Value value = evaluator.at(index);
        const bool is_type = value.is_node() && value.node_type() != no_type
                                 ? is_of_type(evaluator, value, step.type)
                                 : is_resource_called(value, step.text);
        if (is_type) {
            evaluator.push(value);
        } else {
            push_member(evaluator, value, step);
        }
    }
}

void run_indexer(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.size();
    evaluator.run(step.target, scope);
    const std::size_t count = evaluator.size() - begin;
    const auto position = evaluator.argument(step, 0, scope);
    if (!position) {
        evaluator.drop_to(begin);
        return;
    }
    if (position->type() != ValueType::integer) {
        evaluator.fail(step,
                       "an index is an Integer, not a " + std::string(name_of(position->type())));
    }
    const std::int64_t index = position->integer();
    if (index < 0 || index >= static_cast<std::int64_t>(count)) {
        evaluator.drop_to(begin);
        return;
    }
    evaluator.replace(begin, evaluator.at(begin + static_cast<std::size_t>(index)));
}

void run_is(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    test_single(evaluator, step, run_tested(evaluator, step, scope));
}

void run_as(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = run_tested(evaluator, step, scope);
    if (!step.takes_many) {
        (void)evaluator.single(step, begin);
    }
    keep_of_type(evaluator, begin, step.type);
}

bool is_of_type(const Evaluator& evaluator, const Value& value, const PathTypeTest& type) {
    if (!value.is_node()) {
        return is_of_system_type(value, type);
    }
    if (type.by_resource_name) {
        return is_resource_called(value, type.name);
    }
    if (type.fhir == no_type || value.node_type() == no_type) {
        return false;
    }
    return evaluator.schema()->is_a(value.node_type(), type.fhir);
}

void keep_of_type(Evaluator& evaluator, std::size_t begin, const PathTypeTest& type) {
    const std::size_t end = evaluator.size();
    std::size_t kept = begin;
    for (std::size_t item = begin; item < end; ++item) {
        const Value value = evaluator.at(item);
        if (is_exactly_of_type(evaluator, value, type)) {
            evaluator.at(kept++) = value;
        }
    }
    evaluator.drop_to(kept);
}

bool is_exactly_of_type(const Evaluator& evaluator, const Value& value, const PathTypeTest& type) {
    if (!is_of_type(evaluator, value, type)) {
        return false;
    }
    if (!value.is_node() || value.node_type() == no_type) {
        return true;
    }
    const bool is_primitive = evaluator.schema()->type(type.fhir).kind == TypeKind::primitive;
    return !is_primitive || value.node_type() == type.fhir;
}

void push_children(Evaluator& evaluator, const Value& value) {
    if (!value.is_node()) {
        return;
    }
    const Document& document = value.document();
    const Schema* schema = evaluator.schema();
    const bool typed = schema != nullptr && value.node_type() != no_type;
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        if (document.name(child) == "resourceType") {
            continue;
        }
        const auto match =
            typed ? schema->element(value.node_type(), document.name_id(child)) : ElementMatch{};
        push_child(evaluator, document, child, match ? match.type->type : no_type);
    }
}

void push_children_named(Evaluator& evaluator, const Value& value, std::string_view name) {
    if (!value.is_node()) {
        return;
    }
    const Document& document = value.document();
    const Schema* schema = evaluator.schema();
    const auto wanted = document.find_name(name);
    if (!wanted) {
        return;
    }
    for (NodeId child = document.first_child(value.node()); child != no_node;
         child = document.next(child)) {
        if (document.name_id(child) != *wanted) {
            continue;
        }
        const bool typed = schema != nullptr && value.node_type() != no_type;
        const auto match = typed ? schema->element(value.node_type(), *wanted) : ElementMatch{};
        push_child(evaluator, document, child, match ? match.type->type : no_type);
    }
}

}  // namespace gateway
