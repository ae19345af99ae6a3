// Reads what a rule names: steps through source and target nodes, literals, FHIRPath. Notes every
// node whose value it hands out, for ledger and trace.
#pragma once

#include "gateway/base/failure.h"
#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/run/map_value.h"
#include "gateway/engine/map/run/run_state.h"

namespace gateway {

class OperandReader {
public:
    // Who runs the rules: has the variables of the group at hand (they move when a group is called)
    // and runs transforms.
    class Rules {
    public:
        virtual ~Rules() = default;
        virtual const MapValue& variable(SlotId slot) const = 0;
        virtual void transform(const TransformCode& code, MapValues& out) = 0;
    };

    OperandReader(RunState& state, Rules& rules) : state_(state), rules_(rules) {
        state_.evaluation.set_read_log(&log_);
    }

    ~OperandReader() { state_.evaluation.set_read_log(nullptr); }

    OperandReader(const OperandReader&) = delete;
    OperandReader& operator=(const OperandReader&) = delete;
    OperandReader(OperandReader&&) = delete;
    OperandReader& operator=(OperandReader&&) = delete;

    // What the steps lead to from a variable, in order; nodes are not read yet.
    void follow(SlotId slot, std::span<const StepCode> steps, MapValues& out);

    // The values of an operand. `focus` is what an expression starts from.
    void read(const OperandCode& operand, const MapValue& focus, MapValues& out);

    // The single value of an operand; nothing if there is none, the first if there are more.
    MapValue read_one(const OperandCode& operand, const MapValue& focus);

    // Its text, noted as read.
    std::string_view read_text(const OperandCode& operand, const MapValue& focus);

    bool holds(const OperandCode& condition, const MapValue& focus);

private:
    void append(const MapValue& value, MapValues& out);
    void step(const MapValue& from, const StepCode& code, MapValues& out);
    void push_child(const MapValue& parent, NodeId child, MapValues& out);
    void evaluate_expression(const ExpressionCode& code, const MapValue& focus, MapValues& out);
    void set_variables(const ExpressionCode& code);
    Collection collection(const MapValue& value);
    MapValue from_result(const Value& value);
    void report(const Failure& failure);

    RunState& state_;
    Rules& rules_;
    std::vector<Value> log_;
};

// A literal as a value; its texts live in the code.
MapValue literal_value(const LiteralSyntax& literal);

}  // namespace gateway
