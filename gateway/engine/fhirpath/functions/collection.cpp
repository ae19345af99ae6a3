// N1 #subsetting and #combining: first, last, skip, …, union, combine, intersect, exclude.
#include <algorithm>
#include <array>

#include "gateway/engine/fhirpath/comparison.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"

namespace gateway {
namespace {

// Keeps `count` items from `first` (both relative to `begin`).
void keep_slice(Evaluator& evaluator, std::size_t begin, std::size_t first, std::size_t count) {
    const std::size_t size = evaluator.size() - begin;
    first = std::min(first, size);
    count = std::min(count, size - first);
    for (std::size_t index = 0; index < count; ++index) {
        evaluator.at(begin + index) = evaluator.at(begin + first + index);
    }
    evaluator.drop_to(begin + count);
}

void run_single(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    (void)evaluator.single(step, begin);
}

void run_first(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    keep_slice(evaluator, evaluator.run_input(step, scope), 0, 1);
}

void run_last(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t size = evaluator.size() - begin;
    keep_slice(evaluator, begin, size == 0 ? 0 : size - 1, 1);
}

void run_tail(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    keep_slice(evaluator, begin, 1, evaluator.size() - begin);
}

std::size_t count_argument(Evaluator& evaluator, const PathStep& step, const PathScope& scope,
                           std::size_t if_empty) {
    const auto count = evaluator.integer_argument(step, 0, scope);
    if (!count) {
        return if_empty;
    }
    return *count < 0 ? 0 : static_cast<std::size_t>(*count);
}

void run_skip(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t size = evaluator.size() - begin;
    keep_slice(evaluator, begin, count_argument(evaluator, step, scope, size), size);
}

void run_take(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    keep_slice(evaluator, begin, 0, count_argument(evaluator, step, scope, 0));
}

// The input on the stack and the argument above it: [begin, middle) and [middle, size).
struct InputAndArgument {
    std::size_t begin;
    std::size_t middle;
};

InputAndArgument run_both(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    InputAndArgument both{};
    both.begin = evaluator.run_input(step, scope);
    both.middle = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    return both;
}

void run_combine(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    (void)run_both(evaluator, step, scope);
}

void run_union_function(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    keep_distinct(evaluator, run_both(evaluator, step, scope).begin);
}

void run_intersect(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const InputAndArgument both = run_both(evaluator, step, scope);
    ValueSetIndex wanted(evaluator);
    for (const Value& value : evaluator.range(both.middle, evaluator.size())) {
        wanted.insert(value);
    }
    ValueSetIndex seen(evaluator);
    std::size_t kept = both.begin;
    for (std::size_t item = both.begin; item < both.middle; ++item) {
        const Value value = evaluator.at(item);
        if (wanted.contains(value) && seen.insert(value)) {
            evaluator.at(kept++) = value;
        }
    }
    evaluator.drop_to(kept);
}

// Duplicates of the input stay (N1 #exclude).
void run_exclude(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const InputAndArgument both = run_both(evaluator, step, scope);
    ValueSetIndex unwanted(evaluator);
    for (const Value& value : evaluator.range(both.middle, evaluator.size())) {
        unwanted.insert(value);
    }
    std::size_t kept = both.begin;
    for (std::size_t item = both.begin; item < both.middle; ++item) {
        const Value value = evaluator.at(item);
        if (!unwanted.contains(value)) {
            evaluator.at(kept++) = value;
        }
    }
    evaluator.drop_to(kept);
}

constexpr auto ordered = InputType::ordered;

constexpr std::array table{
    PathFunction{"single", 0, 0, run_single, ResultType::item},
    PathFunction{"first", 0, 0, run_first, ResultType::item, ArgumentUse::value, ordered},
    PathFunction{"last", 0, 0, run_last, ResultType::item, ArgumentUse::value, ordered},
    PathFunction{"tail", 0, 0, run_tail, ResultType::input, ArgumentUse::value, ordered},
    PathFunction{"skip", 1, 1, run_skip, ResultType::input, ArgumentUse::value, ordered},
    PathFunction{"take", 1, 1, run_take, ResultType::input, ArgumentUse::value, ordered},
    PathFunction{"combine", 1, 1, run_combine, ResultType::any},
    PathFunction{"union", 1, 1, run_union_function, ResultType::any},
    PathFunction{"intersect", 1, 1, run_intersect, ResultType::input},
    PathFunction{"exclude", 1, 1, run_exclude, ResultType::input},
};

}  // namespace

std::span<const PathFunction> collection_functions() {
    return table;
}

}  // namespace gateway
