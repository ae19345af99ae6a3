#include "gateway/engine/map/run/operand_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/failure.h"
#include "gateway/engine/fhirpath/node_types.h"

namespace gateway {

namespace {

bool is_child_of(const StepCode& code, NameId wanted, NameId child) {
    return child == wanted ||
           (!code.choice.empty() &&
            std::ranges::binary_search(code.choice, child, {}, &ElementType::json_name));
}

// A null holds a place in an array, or says "delete this": it is not there, unless it is extended.
bool is_absent(const Document& document, NodeId node) {
    return !document.has_value(node) && !document.has_children(node);
}

}  // namespace

MapValue literal_value(const LiteralSyntax& literal) {
    MapValue value;
    value.kind = MapValue::Kind::plain;
    using Kind = LiteralSyntax::Kind;
    value.value = Value::of_string(literal.text);
    if (literal.kind == Kind::boolean) {
        value.value = Value::of(literal.text == "true");
    } else if (literal.kind == Kind::integer) {
        std::int64_t number = 0;
        std::from_chars(literal.text.data(), literal.text.data() + literal.text.size(), number);
        value.value = Value::of_integer(number);
    } else if (literal.kind == Kind::decimal) {
        if (const auto number = Decimal128::parse(literal.text)) {
            value.value = Value::of(*number);
        }
    } else if (literal.kind == Kind::date) {
        if (const auto date = parse_date(literal.text)) {
            value.value = Value::of_date(*date);
        }
    } else if (literal.kind == Kind::date_time) {
        if (const auto date = parse_date_time(literal.text)) {
            value.value = Value::of_date_time(*date);
        }
    } else if (literal.kind == Kind::time) {
        if (const auto time = parse_time(literal.text)) {
            value.value = Value::of_time(*time);
        }
    }
    return value;
}

void OperandReader::append(const MapValue& value, MapValues& out) {
    if (value.kind == MapValue::Kind::several) {
        const MapValues& list = state_.list(value);
        out.insert(out.end(), list.begin(), list.end());
    } else if (value.kind != MapValue::Kind::nothing) {
        out.push_back(value);
    }
}

void OperandReader::follow(SlotId slot, std::span<const StepCode> steps, MapValues& out) {
    append(rules_.variable(slot), out);
    MapValues from;
    for (const StepCode& code : steps) {
        from.swap(out);
        out.clear();
        for (const MapValue& value : from) {
            step(value, code, out);
        }
    }
}

void OperandReader::step(const MapValue& from, const StepCode& code, MapValues& out) {
    if (!from.is_node()) {
        if (code.own_value) {
            out.push_back(from);
        }
        return;
    }
    const Document& document = from.value.document();
    const NodeId node = from.value.node();
    const NameId wanted =
        code.name != unshared_name ? code.name : document.find_name(code.text).value_or(code.name);
    const std::size_t before = out.size();
    for (NodeId at = document.first_child(node); at != no_node; at = document.next(at)) {
        if (is_child_of(code, wanted, document.name_id(at)) && !is_absent(document, at)) {
            push_child(from, at, out);
        }
    }
    const bool itself = (code.first_part && document.self_first(node)) ||
                        (code.own_value && document.has_value(node));
    if (out.size() == before && itself) {
        out.push_back(from);
    }
}

void OperandReader::push_child(const MapValue& parent, NodeId child, MapValues& out) {
    MapValue value = parent;
    value.type = no_type;
    const Document& document = parent.value.document();
    if (parent.type != no_type) {
        const Schema& schema = state_.schema();
        const ElementMatch match = schema.element(parent.type, document.name_id(child));
        if (match) {
            value.type = child_type(schema, document, child, match.type->type);
        }
    }
    value.value = Value::of(document, child, value.type);
    out.push_back(value);
}

void OperandReader::read(const OperandCode& operand, const MapValue& focus, MapValues& out) {
    switch (operand.kind) {
        case OperandCode::Kind::literal:
            out.push_back(literal_value(operand.literal));
            break;
        case OperandCode::Kind::path:
            follow(operand.slot, operand.steps, out);
            break;
        case OperandCode::Kind::transform:
            rules_.transform(*operand.transform, out);
            break;
        case OperandCode::Kind::expression:
            evaluate_expression(*operand.expression, focus, out);
            break;
    }
}

MapValue OperandReader::read_one(const OperandCode& operand, const MapValue& focus) {
    MapValues values;
    read(operand, focus, values);
    return values.empty() ? MapValue{} : values.front();
}

std::string_view OperandReader::read_text(const OperandCode& operand, const MapValue& focus) {
    const MapValue value = read_one(operand, focus);
    state_.note_read(value);
    return state_.text_of_value(value);
}

bool OperandReader::holds(const OperandCode& condition, const MapValue& focus) {
    const std::size_t mark = state_.reads.size();
    const MapValue value = read_one(condition, focus);
    state_.note_read(value);
    state_.settle_as_used(mark);
    if (value.kind == MapValue::Kind::nothing) {
        return false;
    }
    if (value.kind == MapValue::Kind::plain && value.value.type() == ValueType::boolean) {
        return value.value.boolean();
    }
    // FHIRPath's singleton evaluation: one value that is no Boolean counts as true.
    return !(value.is_node() && state_.text_of_value(value) == "false");
}

void OperandReader::set_variables(const ExpressionCode& code) {
    state_.evaluation.forget_bindings();
    for (const VariableUse& use : code.variables) {
        state_.evaluation.bind(collection(rules_.variable(use.slot)));
    }
}

Collection OperandReader::collection(const MapValue& value) {
    Collection values;
    MapValues all;
    append(value, all);
    for (const MapValue& one : all) {
        values.push_back(one.value);
    }
    return values;
}

// System values have forgotten what they were made from: everything that was read on the way
// counts.
void OperandReader::evaluate_expression(const ExpressionCode& code, const MapValue& focus,
                                        MapValues& out) {
    set_variables(code);
    state_.evaluation.set_focus(collection(focus));
    log_.clear();
    const std::size_t mark = state_.reads.size();
    Collection results;
    // The one place where an expression's fault becomes an issue of the data.
    try {
        results = evaluate(code.program, state_.evaluation);
    } catch (const Failure& failure) {
        report(failure);
    }
    for (const Value& read : log_) {
        state_.note_node(read);
    }
    for (const VariableUse& use : code.variables) {
        if (rules_.variable(use.slot).kind == MapValue::Kind::plain) {
            state_.note_origins(rules_.variable(use.slot));
        }
    }
    const bool only_nodes =
        std::ranges::all_of(results, [](const Value& value) { return value.is_node(); });
    if (only_nodes) {
        state_.settle_as_used(mark);
    }
    MapValue origins;
    state_.keep_origins(mark, origins);
    for (const Value& value : results) {
        MapValue made = from_result(value);
        if (made.kind == MapValue::Kind::plain) {
            made.first_origin = origins.first_origin;
            made.origin_count = origins.origin_count;
        }
        out.push_back(made);
    }
}

MapValue OperandReader::from_result(const Value& value) {
    if (!value.is_node()) {
        return state_.plain(value);
    }
    MapValue made;
    made.value = value;
    made.type = value.node_type();
    made.kind = state_.input_of(value.document()) < state_.inputs.size() ? MapValue::Kind::source
                                                                         : MapValue::Kind::target;
    return made;
}

void OperandReader::report(const Failure& failure) {
    for (const Issue& fault : failure.issues()) {
        state_.report(Severity::error, fault.code == "too-costly" ? "too-costly" : "processing",
                      fmt::format("the expression at {}:{} of the map could not be worked out: {}",
                                  fault.position.line, fault.position.column, fault.text));
    }
}

}  // namespace gateway
