#include "gateway/engine/map/run/target_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "gateway/engine/map/link/expression_linker.h"
#include "gateway/engine/map/link/link_state.h"

namespace gateway {

namespace {

std::uint64_t share_slot(NodeId parent, std::uint32_t key, std::uint32_t index) {
    // Keys and items of one rule are few; what does not fit is kept apart by the parent.
    return (std::uint64_t{parent} << 32U) | (std::uint64_t{key & 0xFFFU} << 20U) |
           (index & 0xFFFFFU);
}

}  // namespace

TargetWriter::TargetWriter(RunState& state)
    : state_(state),
      target_(state.target()),
      schema_(state.schema()),
      resource_type_(target_.intern("resourceType")),
      reference_(schema_.find_type("Reference")),
      codeable_concept_(schema_.find_type("CodeableConcept")),
      quantity_(schema_.find_type("Quantity")),
      limbo_(target_.append(target_.root(), "")) {
    target_.detach(limbo_);
}

MapValue TargetWriter::start(TypeId type) {
    become(target_.root(), type);
    return node_value(target_.root(), type);
}

MapValue TargetWriter::node_value(NodeId node, TypeId type) {
    MapValue value;
    value.kind = MapValue::Kind::target;
    value.type = type;
    value.value = Value::of(target_, node, type);
    return value;
}

// Gives a new node its type; a resource says it in its JSON too.
void TargetWriter::become(NodeId node, TypeId type) {
    set_type(node, type);
    if (type == no_type) {
        return;
    }
    if (schema_.type(type).kind == TypeKind::resource && !schema_.type(type).is_abstract) {
        const NodeId name = target_.append(node, resource_type_);
        target_.set_value_view(name, ValueKind::string, schema_.type(type).name);
    }
}

void TargetWriter::set_type(NodeId node, TypeId type) {
    if (node >= types_.size()) {
        types_.resize(std::max<std::size_t>(node + 1, types_.size() * 2), no_type);
    }
    types_[node] = type;
}

TypeId TargetWriter::child_type_of(TypeId owner, NodeId child) const {
    if (owner == no_type) {
        return no_type;
    }
    const ElementMatch match = schema_.element(owner, target_.name_id(child));
    return match ? match.type->type : no_type;
}

MapValue TargetWriter::create(TypeId type) {
    const NodeId node = target_.append(limbo_, "");
    become(node, type);
    state_.record_context(node);
    return node_value(node, type);
}

std::string TargetWriter::path_of(const MapValue& parent, std::string_view name) const {
    return fmt::format("{}.{}", target_.path(parent.value.node()), name);
}

std::optional<TargetWriter::Place> TargetWriter::place(const MapValue& parent,
                                                       const TargetStepCode& step, TypeId hint) {
    if (parent.kind != MapValue::Kind::target) {
        return std::nullopt;
    }
    if (type_of(parent.value.node()) != no_type) {
        return typed_place(parent, step, hint);
    }
    Place found;
    found.name = step.name != unshared_name ? step.name : target_.intern(step.text);
    found.type = hint;
    return found;
}

std::optional<TargetWriter::Place> TargetWriter::typed_place(const MapValue& parent,
                                                             const TargetStepCode& step,
                                                             TypeId hint) {
    const TypeId owner = type_of(parent.value.node());
    const Element* element = step.element;
    const ElementType* type = step.type;
    if (owner != step.owner) {
        const ElementMatch exact =
            step.name == unshared_name ? ElementMatch{} : schema_.element(owner, step.name);
        type = exact.type;
        element = exact                        ? exact.element
                  : step.name == unshared_name ? nullptr
                                               : schema_.element_by_name(owner, step.name);
    }
    if (element == nullptr) {
        state_.report(Severity::error, "structure",
                      fmt::format("{} has no element `{}`{}", schema_.type(owner).name, step.text,
                                  suggestion(step.text, element_names(schema_, owner))),
                      path_of(parent, step.text));
        return std::nullopt;
    }
    type = type != nullptr ? type : choose(*element, hint);
    if (type == nullptr) {
        state_.report(Severity::error, "structure",
                      fmt::format("`{}` cannot be a {}: use create() or cast() with one of its "
                                  "types",
                                  element->path,
                                  hint == no_type ? "value of no type" : schema_.type(hint).name),
                      path_of(parent, step.text));
        return std::nullopt;
    }
    if (element->is_choice && other_choice_taken(parent, *element, type->json_name)) {
        return std::nullopt;
    }
    Place found;
    found.name = type->json_name;
    found.type = schema_.type(type->type).is_abstract && hint != no_type ? hint : type->type;
    found.repeats = element->repeats();
    found.typed = true;
    return found;
}

// The type itself, or the nearest of its bases that the choice has (positiveInt -> integer).
const ElementType* TargetWriter::choose(const Element& element, TypeId hint) const {
    while (hint != no_type) {
        const auto found = std::ranges::find(element.types, hint, &ElementType::type);
        if (found != element.types.end()) {
            return &*found;
        }
        hint = schema_.type(hint).base;
    }
    return nullptr;
}

bool TargetWriter::other_choice_taken(const MapValue& parent, const Element& element, NameId name) {
    const NodeId node = parent.value.node();
    for (NodeId at = target_.first_child(node); at != no_node; at = target_.next(at)) {
        const NameId other = target_.name_id(at);
        if (other != name && std::ranges::find(element.types, other, &ElementType::json_name) !=
                                 element.types.end()) {
            state_.report(Severity::warning, "multiple-matches",
                          fmt::format("`{}` is there already as {}; the first one stays",
                                      element.path, target_.name_text(other)),
                          path_of(parent, target_.name_text(name)));
            return true;
        }
    }
    return false;
}

NodeId TargetWriter::existing(const MapValue& parent, const Place& place,
                              const WantedElement& wanted) {
    const NodeId node = parent.value.node();
    switch (wanted.list_mode) {
        case TargetListMode::share: {
            const auto found = shared_.find(share_slot(node, wanted.share_key, wanted.share_index));
            return found == shared_.end() ? no_node : found->second;
        }
        case TargetListMode::single:
        case TargetListMode::collate:
            return target_.child(node, place.name);
        case TargetListMode::none:
        case TargetListMode::first:
        case TargetListMode::last:
            break;
    }
    return place.typed && !place.repeats ? target_.child(node, place.name) : no_node;
}

MapValue TargetWriter::make(const MapValue& parent, const Place& place,
                            const WantedElement& wanted) {
    const NodeId above = parent.value.node();
    const NodeId node = target_.append(above, place.name);
    target_.set_repeats(node, place.repeats);
    become(node, place.type);
    if (wanted.list_mode == TargetListMode::share) {
        shared_[share_slot(above, wanted.share_key, wanted.share_index)] = node;
    } else if (wanted.list_mode == TargetListMode::first) {
        sides_[node] = -1;
    } else if (wanted.list_mode == TargetListMode::last) {
        sides_[node] = 1;
    }
    return node_value(node, place.type);
}

TypeId TargetWriter::type_wanted(const MapValue& parent, const TargetStepCode& step, TypeId hint) {
    const auto found = place(parent, step, hint);
    return found && found->typed ? found->type : no_type;
}

MapValue TargetWriter::element(const MapValue& parent, const TargetStepCode& step, TypeId type,
                               const WantedElement& wanted) {
    const auto found = place(parent, step, type);
    if (!found) {
        return {};
    }
    if (const NodeId node = existing(parent, *found, wanted); node != no_node) {
        return node_value(node, type_of(node));
    }
    const MapValue made = make(parent, *found, wanted);
    state_.record_context(made.value.node());
    return made;
}

MapValue TargetWriter::step_into(const MapValue& parent, const TargetStepCode& step) {
    const auto found = place(parent, step, no_type);
    if (!found) {
        return {};
    }
    NodeId last = no_node;
    const NodeId node = parent.value.node();
    for (NodeId at = target_.first_child(node); at != no_node; at = target_.next(at)) {
        last = target_.name_id(at) == found->name ? at : last;
    }
    if (last != no_node) {
        return node_value(last, type_of(last));
    }
    const MapValue made = make(parent, *found, {});
    state_.record_context(made.value.node());
    return made;
}

MapValue TargetWriter::child(const MapValue& node, std::string_view name) {
    TargetStepCode step;
    step.name = state_.code.names->find(name).value_or(unshared_name);
    step.text = name;
    return element(node, step, no_type);
}

void TargetWriter::set_child(const MapValue& node, std::string_view name, const MapValue& value) {
    TargetStepCode step;
    step.name = state_.code.names->find(name).value_or(unshared_name);
    step.text = name;
    assign(node, step, value);
}

bool TargetWriter::keep_node(NodeId node) const {
    return target_.has_children(node) || target_.has_value(node);
}

// Children before parents, without recursion: what empties a parent is gone before it is asked.
void TargetWriter::finish() {
    std::vector<NodeId> order = {target_.root()};
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (NodeId at = target_.first_child(order[i]); at != no_node; at = target_.next(at)) {
            order.push_back(at);
        }
    }
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
        if (target_.has_children(*node)) {
            arrange(*node);
        }
    }
}

// The children anew: without empty ones, in the order of the definition; items that a list mode
// puts first or last go there.
void TargetWriter::arrange(NodeId parent) {
    struct Ranked {
        std::size_t rank;
        int side;
        NodeId node;
    };

    boost::container::small_vector<Ranked, 16> children;
    const TypeId owner = type_of(parent);
    bool changed = false;
    for (NodeId at = target_.first_child(parent); at != no_node; at = target_.next(at)) {
        if (!keep_node(at)) {
            changed = true;
            continue;
        }
        const auto side = sides_.find(at);
        children.push_back({rank(owner, at), side == sides_.end() ? 0 : side->second, at});
    }
    const auto before = [](const Ranked& left, const Ranked& right) {
        return std::pair{left.rank, left.side} < std::pair{right.rank, right.side};
    };
    if (!changed && std::ranges::is_sorted(children, before)) {
        return;
    }
    std::ranges::stable_sort(children, before);
    while (target_.has_children(parent)) {
        target_.detach(target_.first_child(parent));
    }
    for (const Ranked& ranked : children) {
        target_.attach(parent, ranked.node);
    }
}

std::size_t TargetWriter::rank(TypeId owner, NodeId child) const {
    const NameId name = target_.name_id(child);
    if (owner == no_type || name == resource_type_) {
        return 0;
    }
    const ElementMatch match = schema_.element(owner, name);
    return match ? static_cast<std::size_t>(match.element - schema_.type(owner).elements.data()) + 1
                 : std::numeric_limits<std::size_t>::max();
}

}  // namespace gateway
