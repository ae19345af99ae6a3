// Follows the rules of a linked map: items of each source in order, then targets, calls and nested
// rules. Depth of calls and number of steps are bounded; rules nest as deep as the parser allows.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/run/operand_reader.h"
#include "gateway/engine/map/run/run_state.h"
#include "gateway/engine/map/run/target_writer.h"
#include "gateway/engine/map/run/transforms.h"

namespace gateway {

class RuleRunner final : private OperandReader::Rules {
public:
    explicit RuleRunner(RunState& state);

    // Runs the entry group of the map.
    void run();

private:
    const MapValue& variable(SlotId slot) const override;
    void transform(const TransformCode& code, MapValues& out) override;

    MapValue& slot(SlotId slot) { return frames_[base_ + slot]; }

    void set_constants();
    void run_group(GroupId id, const MapValues& arguments);
    void run_rules(const std::vector<RuleCode>& rules);
    void run_rule(const RuleCode& rule);

    // --- sources
    void match(const RuleCode& rule, std::size_t index);
    void collect(const SourceCode& source, MapValues& items);
    void filter(const SourceCode& source, MapValues& items);
    void apply_list_mode(const SourceCode& source, MapValues& items);
    void check_cardinality(const SourceCode& source, const MapValues& items);
    void check_item(const SourceCode& source, const MapValue& item);
    void log_item(const SourceCode& source, const MapValue& item);
    void declare_leaves(const MapValue& item, LeafState leaf_state, std::string_view reason);

    // --- targets
    void apply(const RuleCode& rule);
    void apply_target(const TargetCode& target);
    MapValue bind(const TargetCode& target);
    MapValue set_self(const TargetCode& target, const MapValue& node);
    MapValue set_element(const TargetCode& target, const MapValue& parent);
    MapValue parent_of(const TargetCode& target);
    WantedElement wanted(const TargetCode& target) const;
    void copy(const RuleCode& rule);
    MapValue copy_into(const TargetCode& target, const MapValue& item);
    GroupId default_group(const MapValue& item, TypeId wanted_type) const;

    void call(const CallCode& code);

    RunState& state_;
    OperandReader reader_;
    TargetWriter writer_;
    Transforms transforms_;
    std::vector<MapValue> constants_;
    std::vector<MapValue> frames_;
    std::size_t base_ = 0;
    std::uint32_t depth_ = 0;
    std::uint32_t map_ = 0;         // whose group runs
    std::uint32_t item_index_ = 0;  // of the rule's first source
};

}  // namespace gateway
