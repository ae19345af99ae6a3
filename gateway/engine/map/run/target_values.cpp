// The part of TargetWriter that gives elements their values.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/engine/map/run/target_writer.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

std::string_view system_type_name(ValueType type) {
    switch (type) {
        case ValueType::boolean:
            return "boolean";
        case ValueType::integer:
        case ValueType::long_integer:
            return "integer";
        case ValueType::decimal:
            return "decimal";
        case ValueType::date:
            return "date";
        case ValueType::date_time:
            return "dateTime";
        case ValueType::time:
            return "time";
        case ValueType::quantity:
            return "Quantity";
        case ValueType::node:
        case ValueType::string:
        case ValueType::type:
            return "string";
    }
    return "string";
}

ValueKind kind_of(Primitive primitive) {
    switch (json_form(primitive)) {
        case JsonForm::number:
            return ValueKind::number;
        case JsonForm::boolean:
            return ValueKind::boolean;
        case JsonForm::string:
            break;
    }
    return ValueKind::string;
}

}  // namespace

TypeId TargetWriter::hint_of(const MapValue& value) const {
    if (value.type != no_type) {
        return value.type;
    }
    const ValueType type = value.is_node() ? ValueType::string : value.value.type();
    return schema_.find_type(system_type_name(type));
}

MapValue TargetWriter::assign(const MapValue& parent, const TargetStepCode& step,
                              const MapValue& value, const WantedElement& wanted) {
    if (value.kind == MapValue::Kind::nothing || parent.kind != MapValue::Kind::target) {
        return {};
    }
    if (is_own_value(parent, step)) {
        assign_self(parent, value);
        return parent;
    }
    const bool is_node = value.is_node() && value.value.document().has_children(value.value.node());
    const bool is_tree = is_node && (value.kind == MapValue::Kind::target ||
                                     !state_.is_hl7v2(state_.input_of(value.value.document())));
    const bool fresh =
        value.kind == MapValue::Kind::target && target_.parent(value.value.node()) == limbo_;
    if (!is_tree && !fresh && state_.text_of_value(value).empty()) {
        return {};
    }
    auto found = place(parent, step, hint_of(value));
    if (!found) {
        return {};
    }
    if (!found->typed) {
        found->type = fresh ? value.type : no_type;
    }
    const bool primitive =
        found->type == no_type || schema_.type(found->type).kind == TypeKind::primitive;
    if (fresh || (is_tree && !(primitive && found->typed))) {
        return assign_node(parent, *found, value, wanted);
    }
    return primitive ? assign_text(parent, *found, value, wanted)
                     : assign_complex(parent, *found, value, wanted);
}

// A node made before is hooked in; any other is copied with all that is in it.
MapValue TargetWriter::assign_node(const MapValue& parent, const Place& place,
                                   const MapValue& value, const WantedElement& wanted) {
    if (place.typed && value.type != no_type && !schema_.is_a(value.type, place.type)) {
        state_.report(Severity::error, "structure",
                      fmt::format("a {} does not fit where a {} is needed",
                                  schema_.type(value.type).name, schema_.type(place.type).name),
                      path_of(parent, target_.name_text(place.name)));
        return {};
    }
    if (existing(parent, place, wanted) != no_node) {
        state_.report(Severity::warning, "multiple-matches",
                      "the element has a value already; the first one stays",
                      path_of(parent, target_.name_text(place.name)));
        return {};
    }
    const NodeId from = value.value.node();
    if (value.kind == MapValue::Kind::target && target_.parent(from) == limbo_) {
        target_.detach(from);
        target_.set_name(from, place.name);
        target_.set_repeats(from, place.repeats);
        target_.attach(parent.value.node(), from);
        return value;
    }
    Place untyped = place;
    untyped.type = no_type;  // the copied children bring `resourceType` themselves
    const NodeId into = make(parent, untyped, wanted).value.node();
    set_type(into, value.type != no_type ? value.type : place.type);
    if (value.kind == MapValue::Kind::target) {
        copy_target_tree(from, into);
    } else {
        copy_tree(value, into);
    }
    return node_value(into, type_of(into));
}

MapValue TargetWriter::assign_text(const MapValue& parent, const Place& place,
                                   const MapValue& value, const WantedElement& wanted) {
    const std::string_view text = state_.text_of_value(value);
    const NodeId before = existing(parent, place, wanted);
    if (before != no_node && target_.has_value(before)) {
        if (target_.value(before) != text) {
            state_.note_read(value);
            state_.report(Severity::warning, "multiple-matches",
                          "the element has another value already; the first one stays",
                          path_of(parent, target_.name_text(place.name)));
            state_.reads.clear();
            return node_value(before, place.type);
        }
    }
    const MapValue made =
        before != no_node ? node_value(before, place.type) : make(parent, place, wanted);
    assign_self(made, value);
    return made;
}

// `tgt.value` of a primitive: R4 datatypes.html, "primitive types have a value".
bool TargetWriter::is_own_value(const MapValue& parent, const TargetStepCode& step) const {
    const TypeId type = type_of(parent.value.node());
    return type != no_type && schema_.type(type).kind == TypeKind::primitive &&
           step.text == "value";
}

void TargetWriter::assign_self(const MapValue& node, const MapValue& value) {
    const NodeId into = node.value.node();
    const std::size_t mark = state_.reads.size();
    state_.note_read(value);
    if (set_text(into, node.type, state_.text_of_value(value))) {
        copy_extensions(value, into);
        conserve(into);
    }
    state_.reads.resize(mark);
}

// Trace and ledger of a value that has arrived.
void TargetWriter::conserve(NodeId node) {
    state_.record_reads(node);
    state_.settle_as_mapped();
}

// A text in JSON's form for the type; an issue where it has none.
bool TargetWriter::set_text(NodeId node, TypeId type, std::string_view text) {
    if (text.empty()) {
        return false;
    }
    ValueKind kind = ValueKind::string;
    if (type != no_type) {
        const std::string_view name = schema_.type(type).name;
        const auto primitive = primitive_of(name);
        kind = primitive ? kind_of(*primitive) : ValueKind::string;
        if (kind != ValueKind::string) {
            if (const auto fault = fault_of(*primitive, text)) {
                state_.report(Severity::warning, "value",
                              fmt::format("no {}, so the element is left out: {}", name, *fault),
                              target_.path(node));
                return false;
            }
        }
    }
    target_.set_value(node, kind, text);
    return true;
}

// A text or a quantity where an object is wanted: only where FHIR says clearly where it goes.
MapValue TargetWriter::assign_complex(const MapValue& parent, const Place& place,
                                      const MapValue& value, const WantedElement& wanted) {
    const bool quantity = value.kind == MapValue::Kind::plain &&
                          value.value.type() == ValueType::quantity &&
                          schema_.is_a(place.type, quantity_);
    const std::string_view child_name = place.type == reference_          ? "reference"
                                        : place.type == codeable_concept_ ? "text"
                                                                          : "";
    if (!quantity && child_name.empty()) {
        state_.report(Severity::error, "structure",
                      fmt::format("a plain value does not fit where a {} is needed: set its "
                                  "elements one by one",
                                  schema_.type(place.type).name),
                      path_of(parent, target_.name_text(place.name)));
        return {};
    }
    const NodeId before = existing(parent, place, wanted);
    const MapValue made =
        before != no_node ? node_value(before, place.type) : make(parent, place, wanted);
    state_.record_context(made.value.node());
    const std::size_t mark = state_.reads.size();
    state_.note_read(value);
    if (quantity) {
        const Quantity& amount = value.value.quantity();
        set_child(made, "value", state_.text(amount.value.text(), no_type));
        set_child(made, "unit", state_.text(amount.unit, no_type));
        if (!amount.calendar) {
            set_child(made, "system", state_.text("http://unitsofmeasure.org", no_type));
            set_child(made, "code", state_.text(amount.unit, no_type));
        }
        conserve(made.value.node());
    } else {
        const MapValue holder = child(made, child_name);
        if (set_text(holder.value.node(), holder.type, state_.text_of_value(value))) {
            conserve(holder.value.node());
        }
    }
    state_.reads.resize(mark);
    return made;
}

// `id` and `extension` of a primitive go with it, from FHIR to FHIR.
void TargetWriter::copy_extensions(const MapValue& value, NodeId into) {
    if (value.kind == MapValue::Kind::source && type_of(into) != no_type &&
        !state_.is_hl7v2(state_.input_of(value.value.document()))) {
        copy_children(value, into);
    }
}

// Bounded by the depth that the reader of the source allows.
void TargetWriter::copy_tree(const MapValue& value, NodeId into) {
    const Document& from = value.value.document();
    const SourceNode source{state_.input_of(from), value.value.node()};
    if (from.has_value(source.node)) {
        target_.set_value(into, from.kind(source.node), from.value(source.node));
        state_.mark_leaf(source, LeafState::mapped);
    }
    state_.result.trace.record(into, state_.rule, MapTrace::Origin::value, {&source, 1});
    copy_children(value, into);
}

void TargetWriter::copy_children(const MapValue& value, NodeId into) {
    const Document& from = value.value.document();
    for (NodeId at = from.first_child(value.value.node()); at != no_node; at = from.next(at)) {
        const NodeId made = target_.append(into, from.name(at));
        target_.set_repeats(made, from.repeats(at));
        set_type(made, child_type_of(type_of(into), made));
        MapValue child = value;
        child.value = Value::of(from, at, type_of(made));
        copy_tree(child, made);
    }
}

void TargetWriter::copy_target_tree(NodeId from, NodeId into) {
    if (target_.has_value(from)) {
        target_.set_value_view(into, target_.kind(from), target_.value(from));
    }
    const auto sources = state_.result.trace.sources(from);
    const std::vector<SourceNode> origin(sources.begin(), sources.end());
    state_.result.trace.record(into, state_.rule, state_.result.trace.origin(from), origin);
    for (NodeId at = target_.first_child(from); at != no_node; at = target_.next(at)) {
        const NodeId made = target_.append(into, target_.name_id(at));
        target_.set_repeats(made, target_.repeats(at));
        set_type(made, type_of(at));
        copy_target_tree(at, made);
    }
}

}  // namespace gateway
