// The machine that runs compiled steps over one stack of values. A step leaves its result on top of
// the stack; ranges of the stack are named by index, since the stack may move as it grows. Lives
// for one evaluation, on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/fhirpath/evaluation.h"
#include "gateway/engine/fhirpath/path_code.h"

namespace gateway {

// What an EvaluationContext keeps between evaluations.
struct EvaluationContext::Workspace {
    struct Variable {
        std::string_view name;
        Collection values;
    };

    std::vector<Value> stack;
    std::vector<Variable> variables;  // of defineVariable(), innermost last
    std::vector<std::unique_ptr<char[]>> blocks;
    std::vector<std::unique_ptr<Quantity>> quantities;
    std::vector<std::unique_ptr<TypeName>> type_names;
    char* free = nullptr;
    std::size_t free_size = 0;
    std::size_t bytes = 0;
    std::uint64_t steps = 0;
    std::uint32_t nesting = 0;  // evaluations within evaluations (through the host)

    // Ends the variables from `count` on, and gives their room back to the budget.
    void drop_variables(std::size_t count);
};

class Evaluator {
public:
    Evaluator(const PathCode& code, EvaluationContext& context);

    const PathCode& code() const { return code_; }

    const Schema* schema() const { return code_.schema; }

    EvaluationContext& context() { return context_; }

    // --- running
    void run(StepId step, const PathScope& scope) {
        count_step();
        const PathStep& next = code_[step];
        next.run(*this, next, scope);
    }

    // A complete operand or argument: variables that it defines end with it.
    void run_operand(StepId step, const PathScope& scope);

    // The values a function applies to: its target's, or a copy of $this. Returns where they begin.
    std::size_t run_input(const PathStep& step, const PathScope& scope);

    // --- the stack
    std::size_t size() const { return stack_.size(); }

    Value& at(std::size_t index) { return stack_[index]; }

    std::span<const Value> range(std::size_t begin, std::size_t end) const {
        return {stack_.data() + begin, end - begin};
    }

    void push(const Value& value) { stack_.push_back(value); }

    void push(bool value) { push(Value::of(value)); }

    // Copies a range of the stack to its top.
    void push_range(std::size_t begin, std::size_t end);
    void push_values(std::span<const Value> values);

    void drop_to(std::size_t size) { stack_.resize(size); }

    // Drops [begin, middle) from under what lies above it.
    void keep_above(std::size_t begin, std::size_t middle);

    // One value, or none, in place of all from `begin`.
    void replace(std::size_t begin, const Value& value);

    void replace(std::size_t begin, bool value) { replace(begin, Value::of(value)); }

    // --- singletons (N1 #singleton-evaluation-of-collections), of what lies from `begin`
    // Nothing if empty; more than one value is a fault.
    std::optional<Value> single(const PathStep& step, std::size_t begin);
    std::optional<Value> single_system(const PathStep& step, std::size_t begin);
    std::optional<bool> boolean(const PathStep& step, std::size_t begin);

    // An argument of a function, evaluated in the function's own scope; the stack is as before.
    std::optional<Value> argument(const PathStep& step, std::size_t index, const PathScope& scope);
    std::optional<std::string_view> text_argument(const PathStep& step, std::size_t index,
                                                  const PathScope& scope);
    std::optional<std::int64_t> integer_argument(const PathStep& step, std::size_t index,
                                                 const PathScope& scope);

    // A criterion for the value at `item`: its outcome, the stack as before.
    std::optional<bool> criterion(StepId criterion, std::size_t item, std::int64_t index,
                                  const PathScope& scope);

    // --- values
    // The System value that a node or value stands for; nothing for an object or an unreadable
    // primitive (R4 fhirpath.html: implicit conversion).
    std::optional<Value> system_value(const Value& value);

    // A string, or a node that holds one; nothing for anything else.
    std::optional<std::string_view> string_value(const Value& value);

    // --- ownership
    std::string_view keep(std::string_view text);

    Value text_value(std::string_view text) { return Value::of_string(keep(text)); }

    Value quantity_value(const Quantity& quantity);
    Value type_value(std::string_view space, std::string_view name);
    char* allocate(std::size_t size);

    // --- defineVariable()
    void define_variable(const PathStep& step, std::string_view name, Collection values);
    const Collection* find_variable(std::string_view name) const;

    // --- limits and faults
    void count_step() {
        if (++workspace_.steps > context_.limits.steps) {
            too_costly("steps");
        }
    }

    void count_steps(std::uint64_t steps);

    void check_memory() { make_room(0); }

    // Before so many values are pushed: of steps and bytes.
    void make_room(std::size_t values);

    [[noreturn]] void fail(const PathStep& step, std::string text) const;
    [[noreturn]] void too_costly(std::string_view what) const;

    Collection take_result(std::size_t begin);

private:
    const PathCode& code_;
    EvaluationContext& context_;
    EvaluationContext::Workspace& workspace_;
    std::vector<Value>& stack_;
};

}  // namespace gateway
