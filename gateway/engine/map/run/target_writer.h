// Makes and sets elements of the target so that they come out as FHIR JSON wants them: the right
// member of a choice, arrays where the definition repeats, numbers and booleans as such. Records in
// the trace and the ledger what each element came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/run/run_state.h"

namespace gateway {

// How an element is asked for.
struct WantedElement {
    TargetListMode list_mode = TargetListMode::none;
    std::uint32_t share_key = 0;
    std::uint32_t share_index = 0;  // the n-th item of the rule
};

class TargetWriter {
public:
    explicit TargetWriter(RunState& state);

    // The root as a resource of that type, or free of types.
    MapValue start(TypeId type);

    // An element to fill: made, or one that is there already. `type` decides a choice or an open
    // type; no_type: the element's own. Nothing after an issue.
    MapValue element(const MapValue& parent, const TargetStepCode& step, TypeId type,
                     const WantedElement& wanted = {});

    // The type that the element would have; no_type where nobody knows.
    TypeId type_wanted(const MapValue& parent, const TargetStepCode& step, TypeId hint);

    // A step on the way to an element: the last one that is there, else a new one.
    MapValue step_into(const MapValue& parent, const TargetStepCode& step);

    // Sets an element to a value; what the rule read is what it came from. Nothing if the value is
    // empty or does not fit.
    MapValue assign(const MapValue& parent, const TargetStepCode& step, const MapValue& value,
                    const WantedElement& wanted = {});

    // Sets the node itself: `tgt = x`.
    void assign_self(const MapValue& node, const MapValue& value);

    // Sets `node.name` of a typed node.
    void set_child(const MapValue& node, std::string_view name, const MapValue& value);
    MapValue child(const MapValue& node, std::string_view name);

    // A node that hangs nowhere yet.
    MapValue create(TypeId type);

    // Removes what stayed empty and puts children into the order of the definition.
    void finish();

    std::string path_of(const MapValue& parent, std::string_view name) const;

private:
    struct Place {
        NameId name = 0;
        TypeId type = no_type;
        bool repeats = false;
        bool typed = false;
    };

    std::optional<Place> place(const MapValue& parent, const TargetStepCode& step, TypeId hint);
    std::optional<Place> typed_place(const MapValue& parent, const TargetStepCode& step,
                                     TypeId hint);
    const ElementType* choose(const Element& element, TypeId hint) const;
    bool other_choice_taken(const MapValue& parent, const Element& element, NameId name);
    NodeId existing(const MapValue& parent, const Place& place, const WantedElement& wanted);
    MapValue make(const MapValue& parent, const Place& place, const WantedElement& wanted);
    MapValue node_value(NodeId node, TypeId type);
    void become(NodeId node, TypeId type);

    MapValue assign_node(const MapValue& parent, const Place& place, const MapValue& value,
                         const WantedElement& wanted);
    MapValue assign_text(const MapValue& parent, const Place& place, const MapValue& value,
                         const WantedElement& wanted);
    MapValue assign_complex(const MapValue& parent, const Place& place, const MapValue& value,
                            const WantedElement& wanted);
    bool is_own_value(const MapValue& parent, const TargetStepCode& step) const;
    bool set_text(NodeId node, TypeId type, std::string_view text);
    void copy_extensions(const MapValue& value, NodeId into);
    void copy_tree(const MapValue& value, NodeId into);
    void copy_children(const MapValue& value, NodeId into);
    void copy_target_tree(NodeId from, NodeId into);
    void set_type(NodeId node, TypeId type);
    TypeId child_type_of(TypeId owner, NodeId child) const;
    void conserve(NodeId node);

    bool keep_node(NodeId node) const;
    void arrange(NodeId parent);
    std::size_t rank(TypeId owner, NodeId child) const;

    TypeId type_of(NodeId node) const { return node < types_.size() ? types_[node] : no_type; }

    TypeId hint_of(const MapValue& value) const;

    RunState& state_;
    Document& target_;
    const Schema& schema_;
    std::vector<TypeId> types_;  // by node
    std::unordered_map<std::uint64_t, NodeId> shared_;
    std::unordered_map<NodeId, int> sides_;  // -1: list mode first, 1: last
    NameId resource_type_;
    TypeId reference_;
    TypeId codeable_concept_;
    TypeId quantity_;
    NodeId limbo_;
};

}  // namespace gateway
