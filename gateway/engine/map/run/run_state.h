// What the parts of one run share: the inputs, the target, what was read, what is to be reported.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/run/map_value.h"
#include "gateway/engine/map/runner.h"

namespace gateway {

// A leaf that a rule has read. One way: through an id that does not conserve it.
struct LeafRead {
    SourceNode leaf;
    bool one_way = false;
};

class RunState {
public:
    RunState(const MapCode& code, const MapEntry& map, std::span<const MapInput> inputs,
             const MapContext& context);

    const MapCode& code;
    const MapEntry& map;
    std::span<const MapInput> inputs;
    const MapContext& context;
    MapResult result;
    EvaluationContext evaluation;

    const Schema& schema() const { return *code.schema; }

    Document& target() { return result.target; }

    // --- what the rule at hand has read
    std::vector<LeafRead> reads;

    void note_read(const MapValue& value);
    void note_node(const Value& node);

    // Puts what was read since `mark` into the pool and makes it the value's origin; one way if the
    // value is an id that cannot be turned back.
    enum class Way : std::uint8_t { both, one };
    void keep_origins(std::size_t mark, MapValue& value, Way way = Way::both);

    void note_origins(const MapValue& value);

    // Every leaf read since `mark` was used in a condition, and is forgotten.
    void settle_as_used(std::size_t mark);

    // Every leaf that was read has reached the target.
    void settle_as_mapped();

    // In the trace: the node holds what was read, or, if nothing was, is there because of the item.
    void record_reads(NodeId node);
    void record_context(NodeId node);

    void mark_leaf(SourceNode leaf, LeafState state, std::string_view reason = {});

    // --- values
    MapValue source_value(std::uint32_t input, NodeId node, TypeId type);
    MapValue plain(const Value& value, TypeId type = no_type);
    MapValue text(std::string_view text, TypeId type);  // keeps a copy
    MapValue several(const MapValues& values);

    const MapValues& list(const MapValue& value) const { return lists_[value.list]; }

    // The text of a value, as FHIR JSON has it; of an object nothing. Views stay valid.
    std::string_view text_of_value(const MapValue& value);

    // Which input a node belongs to; the number of inputs if it is of the target.
    std::uint32_t input_of(const Document& document) const;

    bool is_hl7v2(std::uint32_t input) const { return is_hl7v2_[input]; }

    // --- where the run stands
    RuleId rule = no_rule;
    MapValue item;  // what the rule stands on
    bool stopped = false;

    // Counts a step; false once a limit is reached (and reported).
    bool step();
    void stop(std::string_view what);

    // --- issues
    void report(Severity severity, std::string_view code_name, std::string text,
                std::string path = {});

    // The rule's name where that is a sentence (four words and more), else the text behind the
    // name.
    std::string with_rule_name(std::string text) const;

private:
    void place(Issue& issue) const;

    std::vector<LeafRead> origins_;
    std::vector<SourceNode> sources_;  // room for record_reads
    std::vector<MapValues> lists_;
    std::vector<bool> is_hl7v2_;
    std::uint64_t steps_ = 0;
};

}  // namespace gateway
