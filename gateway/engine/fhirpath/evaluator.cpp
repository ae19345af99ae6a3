#include "gateway/engine/fhirpath/evaluator.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "gateway/base/failure.h"
#include "gateway/engine/fhirpath/node_types.h"
#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/fhirpath/system/quantity.h"

namespace gateway {
namespace {

constexpr std::size_t block_size = 4096;

}  // namespace

void EvaluationContext::Workspace::drop_variables(std::size_t count) {
    while (variables.size() > count) {
        bytes -= variables.back().values.size() * sizeof(Value);
        variables.pop_back();
    }
}

Evaluator::Evaluator(const PathCode& code, EvaluationContext& context)
    : code_(code),
      context_(context),
      workspace_(context.workspace()),
      stack_(context.workspace().stack) {
}

void Evaluator::run_operand(StepId step, const PathScope& scope) {
    const std::size_t variables = workspace_.variables.size();
    run(step, scope);
    workspace_.drop_variables(variables);
}

std::size_t Evaluator::run_input(const PathStep& step, const PathScope& scope) {
    const std::size_t begin = size();
    if (step.target == no_step) {
        push_range(scope.this_begin, scope.this_end);
    } else {
        run(step.target, scope);
    }
    return begin;
}

void Evaluator::push_range(std::size_t begin, std::size_t end) {
    make_room(end - begin);
    for (std::size_t index = begin; index < end; ++index) {
        stack_.push_back(stack_[index]);
    }
}

void Evaluator::push_values(std::span<const Value> values) {
    make_room(values.size());
    stack_.insert(stack_.end(), values.begin(), values.end());
}

void Evaluator::keep_above(std::size_t begin, std::size_t middle) {
    if (begin == middle) {
        return;
    }
    const std::size_t count = size() - middle;
    std::copy(stack_.begin() + static_cast<std::ptrdiff_t>(middle), stack_.end(),
              stack_.begin() + static_cast<std::ptrdiff_t>(begin));
    stack_.resize(begin + count);
}

void Evaluator::replace(std::size_t begin, const Value& value) {
    const Value copy = value;
    stack_.resize(begin);
    stack_.push_back(copy);
}

std::optional<Value> Evaluator::single(const PathStep& step, std::size_t begin) {
    const std::size_t count = size() - begin;
    if (count == 0) {
        return std::nullopt;
    }
    if (count > 1) {
        fail(step, "one value is needed here, and there are " + std::to_string(count) +
                       ": choose one with first(), single() or where()");
    }
    return stack_[begin];
}

std::optional<Value> Evaluator::single_system(const PathStep& step, std::size_t begin) {
    const auto value = single(step, begin);
    return value ? system_value(*value) : std::nullopt;
}

std::optional<bool> Evaluator::boolean(const PathStep& step, std::size_t begin) {
    const auto value = single(step, begin);
    if (!value) {
        return std::nullopt;
    }
    const auto system = system_value(*value);
    if (system && system->type() == ValueType::boolean) {
        return system->boolean();
    }
    return true;
}

std::optional<Value> Evaluator::argument(const PathStep& step, std::size_t index,
                                         const PathScope& scope) {
    const std::size_t begin = size();
    const StepId argument = step.arguments[index];
    run_operand(argument, scope);
    const auto value = single_system(code_[argument], begin);
    drop_to(begin);
    return value;
}

std::optional<std::string_view> Evaluator::text_argument(const PathStep& step, std::size_t index,
                                                         const PathScope& scope) {
    const auto value = argument(step, index, scope);
    if (!value) {
        return std::nullopt;
    }
    if (value->type() != ValueType::string) {
        fail(code_[step.arguments[index]],
             step.text + "() needs a String here, not a " + std::string(name_of(value->type())));
    }
    return value->string();
}

std::optional<std::int64_t> Evaluator::integer_argument(const PathStep& step, std::size_t index,
                                                        const PathScope& scope) {
    const auto value = argument(step, index, scope);
    if (!value) {
        return std::nullopt;
    }
    if (value->type() != ValueType::integer && value->type() != ValueType::long_integer) {
        fail(code_[step.arguments[index]],
             step.text + "() needs an Integer here, not a " + std::string(name_of(value->type())));
    }
    return value->integer();
}

std::optional<bool> Evaluator::criterion(StepId criterion, std::size_t item, std::int64_t index,
                                         const PathScope& scope) {
    const std::size_t begin = size();
    run_operand(criterion, {item, item + 1, index, scope.total_begin, scope.total_end});
    const auto outcome = boolean(code_[criterion], begin);
    drop_to(begin);
    return outcome;
}

std::optional<Value> Evaluator::system_value(const Value& value) {
    if (!value.is_node()) {
        return value;
    }
    if (context_.read_log() != nullptr) {
        context_.read_log()->push_back(value);
    }
    if (auto primitive =
            primitive_value(schema(), value.document(), value.node(), value.node_type())) {
        return primitive;
    }
    if (const auto quantity = quantity_of(schema(), value)) {
        return quantity_value(*quantity);
    }
    return std::nullopt;
}

std::optional<std::string_view> Evaluator::string_value(const Value& value) {
    const auto system = system_value(value);
    if (!system || system->type() != ValueType::string) {
        return std::nullopt;
    }
    return system->string();
}

char* Evaluator::allocate(std::size_t size) {
    if (size > workspace_.free_size) {
        const std::size_t block = std::max(size, block_size);
        workspace_.bytes += block;
        check_memory();
        workspace_.blocks.push_back(std::make_unique<char[]>(block));
        workspace_.free = workspace_.blocks.back().get();
        workspace_.free_size = block;
    }
    char* place = workspace_.free;
    workspace_.free += size;
    workspace_.free_size -= size;
    return place;
}

std::string_view Evaluator::keep(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    char* place = allocate(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
}

Value Evaluator::quantity_value(const Quantity& quantity) {
    workspace_.bytes += sizeof(Quantity);
    check_memory();
    workspace_.quantities.push_back(std::make_unique<Quantity>(quantity));
    return Value::of(workspace_.quantities.back().get());
}

Value Evaluator::type_value(std::string_view space, std::string_view name) {
    workspace_.bytes += sizeof(TypeName);
    workspace_.type_names.push_back(std::make_unique<TypeName>(TypeName{space, name}));
    return Value::of(workspace_.type_names.back().get());
}

void Evaluator::define_variable(const PathStep& step, std::string_view name, Collection values) {
    if (find_variable(name) != nullptr) {
        fail(step, "the variable %" + std::string(name) + " is already defined");
    }
    workspace_.bytes += values.size() * sizeof(Value);
    workspace_.variables.push_back({name, std::move(values)});
    check_memory();
}

const Collection* Evaluator::find_variable(std::string_view name) const {
    for (auto variable = workspace_.variables.rbegin(); variable != workspace_.variables.rend();
         ++variable) {
        if (variable->name == name) {
            return &variable->values;
        }
    }
    return context_.variable(name);
}

void Evaluator::count_steps(std::uint64_t steps) {
    workspace_.steps += steps;
    if (workspace_.steps > context_.limits.steps) {
        too_costly("steps");
    }
}

void Evaluator::make_room(std::size_t values) {
    const std::size_t stack_bytes = (stack_.size() + values) * sizeof(Value);
    if (workspace_.bytes + stack_bytes > context_.limits.bytes) {
        too_costly("bytes");
    }
    if (values > 1) {
        count_steps(values - 1);
        // Never less than twice what there was: many small ranges must not copy the stack each
        // time.
        if (stack_.capacity() < stack_.size() + values) {
            stack_.reserve(std::max(stack_.size() + values, 2 * stack_.capacity()));
        }
    }
}

void Evaluator::fail(const PathStep& step, std::string text) const {
    throw path_failure(Category::unprocessable, std::move(text), code_.source, code_.start,
                       step.offset);
}

void Evaluator::too_costly(std::string_view what) const {
    const bool steps = what == "steps";
    const std::string limit =
        steps ? std::to_string(context_.limits.steps) : std::to_string(context_.limits.bytes);
    Failure failure =
        path_failure(Category::unprocessable,
                     "the evaluation needs more than " + limit + " " + std::string(what) +
                         ": narrow the expression or raise the limit",
                     code_.source, code_.start, 0);
    Issues issues;
    for (Issue issue : failure.issues()) {
        issue.code = "too-costly";
        issues.add(std::move(issue));
    }
    throw Failure(Category::unprocessable, failure.external(), failure.internal(),
                  std::move(issues));
}

Collection Evaluator::take_result(std::size_t begin) {
    Collection result(range(begin, size()));
    drop_to(begin);
    return result;
}

}  // namespace gateway
