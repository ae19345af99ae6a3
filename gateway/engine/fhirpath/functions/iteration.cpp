// Functions that evaluate an argument for each item, or walk the tree (N1
// #filtering-and-projection, #tree-navigation, #aggregates, #iif; sort and coalesce of the current
// build).
#include <algorithm>
#include <array>
#include <numeric>

#include "gateway/engine/fhirpath/comparison.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

PathScope item_scope(std::size_t item, std::size_t begin, const PathScope& scope) {
    return {item, item + 1, static_cast<std::int64_t>(item - begin), scope.total_begin,
            scope.total_end};
}

void run_where(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    std::size_t kept = begin;
    for (std::size_t item = begin; item < end; ++item) {
        const auto index = static_cast<std::int64_t>(item - begin);
        if (evaluator.criterion(step.arguments[0], item, index, scope).value_or(false)) {
            evaluator.at(kept++) = evaluator.at(item);
        }
    }
    evaluator.drop_to(kept);
}

void run_select(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    for (std::size_t item = begin; item < end; ++item) {
        evaluator.run_operand(step.arguments[0], item_scope(item, begin, scope));
        evaluator.check_memory();
    }
    evaluator.keep_above(begin, end);
}

enum class Repeats { once, all };

// Breadth first; what the expression yields is both output and the next input.
void repeat(Evaluator& evaluator, const PathStep& step, const PathScope& scope, Repeats repeats) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t input_end = evaluator.size();
    ValueSetIndex seen(evaluator);
    for (std::size_t item = begin; item < evaluator.size(); ++item) {
        const std::size_t added = evaluator.size();
        evaluator.run_operand(step.arguments[0], item_scope(item, begin, scope));
        evaluator.check_memory();
        if (repeats == Repeats::all) {
            continue;
        }
        std::size_t kept = added;
        const std::size_t end = evaluator.size();
        for (std::size_t index = added; index < end; ++index) {
            const Value value = evaluator.at(index);
            if (seen.insert(value)) {
                evaluator.at(kept++) = value;
            }
        }
        evaluator.drop_to(kept);
    }
    evaluator.keep_above(begin, input_end);
}

void run_repeat(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    repeat(evaluator, step, scope, Repeats::once);
}

void run_repeat_all(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    repeat(evaluator, step, scope, Repeats::all);
}

void run_of_type(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    keep_of_type(evaluator, evaluator.run_input(step, scope), step.type);
}

void run_children(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    for (std::size_t item = begin; item < end; ++item) {
        push_children(evaluator, Value(evaluator.at(item)));
    }
    evaluator.keep_above(begin, end);
}

void run_descendants(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t input_end = evaluator.size();
    for (std::size_t item = begin; item < evaluator.size(); ++item) {
        push_children(evaluator, Value(evaluator.at(item)));
        evaluator.check_memory();
    }
    evaluator.keep_above(begin, input_end);
}

// aggregate(expression, initial): $total is the expression's last result.
void run_aggregate(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    if (step.arguments.size() > 1) {
        evaluator.run_operand(step.arguments[1], scope);
    }
    for (std::size_t item = begin; item < end; ++item) {
        PathScope inner = item_scope(item, begin, scope);
        inner.total_begin = end;
        inner.total_end = evaluator.size();
        evaluator.run_operand(step.arguments[0], inner);
        evaluator.keep_above(end, inner.total_end);
    }
    evaluator.keep_above(begin, end);
}

// iif(criterion, then, otherwise): only the chosen branch runs. $this is the item it is applied to.
void run_iif(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    PathScope inner = scope;
    const std::size_t begin = evaluator.size();
    if (step.target != no_step) {
        evaluator.run(step.target, scope);
        (void)evaluator.single(step, begin);
        inner.this_begin = begin;
        inner.this_end = evaluator.size();
    }
    const std::size_t middle = evaluator.size();
    evaluator.run_operand(step.arguments[0], inner);
    const auto truth = evaluator.boolean(evaluator.code()[step.arguments[0]], middle);
    evaluator.drop_to(middle);
    if (truth.value_or(false)) {
        evaluator.run_operand(step.arguments[1], inner);
    } else if (step.arguments.size() > 2) {
        evaluator.run_operand(step.arguments[2], inner);
    }
    evaluator.keep_above(begin, middle);
}

// coalesce(a, b, …): the first argument that is not empty.
void run_coalesce(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    for (const StepId argument : step.arguments) {
        const std::size_t begin = evaluator.size();
        evaluator.run_operand(argument, scope);
        if (evaluator.size() > begin) {
            return;
        }
    }
}

// One item of sort() with its keys.
struct Sorted {
    Value item;
    std::vector<std::optional<Value>> keys;
};

// -1, 0 or 1 for two keys that are there.
int compare_keys(Evaluator& evaluator, const PathStep& step, const Value& left,
                 const Value& right) {
    switch (order(evaluator, left, right)) {
        case ValueOrder::less:
            return -1;
        case ValueOrder::greater:
            return 1;
        case ValueOrder::equal:
        case ValueOrder::unknown:
            return 0;
        case ValueOrder::incomparable:
            evaluator.fail(step, "sort() found keys that have no common order");
    }
    return 0;
}

// The order of two items by their keys. An item without a key comes first, in either direction.
bool precedes(Evaluator& evaluator, const PathStep& step, const Sorted& left, const Sorted& right) {
    for (std::size_t index = 0; index < left.keys.size(); ++index) {
        const auto& left_key = left.keys[index];
        const auto& right_key = right.keys[index];
        if (left_key.has_value() != right_key.has_value()) {
            return !left_key.has_value();
        }
        if (!left_key) {
            continue;
        }
        const int order = compare_keys(evaluator, step, *left_key, *right_key);
        if (order == 0) {
            continue;
        }
        const bool descending =
            !step.arguments.empty() && evaluator.code()[step.arguments[index]].descending;
        return descending ? order > 0 : order < 0;
    }
    return false;
}

Sorted sorted_item(Evaluator& evaluator, const PathStep& step, std::size_t item,
                   const PathScope& inner) {
    Sorted sorted{evaluator.at(item), {}};
    if (step.arguments.empty()) {
        sorted.keys.emplace_back(evaluator.at(item));
    }
    for (const StepId key : step.arguments) {
        const std::size_t from = evaluator.size();
        evaluator.run_operand(key, inner);
        sorted.keys.push_back(evaluator.single(evaluator.code()[key], from));
        evaluator.drop_to(from);
    }
    return sorted;
}

void run_sort(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    std::vector<Sorted> items;
    for (std::size_t item = begin; item < end; ++item) {
        items.push_back(sorted_item(evaluator, step, item, item_scope(item, begin, scope)));
    }
    std::stable_sort(items.begin(), items.end(), [&](const Sorted& left, const Sorted& right) {
        return precedes(evaluator, step, left, right);
    });
    for (std::size_t index = 0; index < items.size(); ++index) {
        evaluator.at(begin + index) = items[index].item;
    }
}

constexpr auto each = ArgumentUse::each;

constexpr std::array table{
    PathFunction{"where", 1, 1, run_where, ResultType::input, each},
    PathFunction{"select", 1, 1, run_select, ResultType::argument, each},
    PathFunction{"repeat", 1, 1, run_repeat, ResultType::argument, each},
    PathFunction{"repeatAll", 1, 1, run_repeat_all, ResultType::argument, each},
    PathFunction{"ofType", 1, 1, run_of_type, ResultType::tested, ArgumentUse::type},
    PathFunction{"is", 1, 1, run_is, ResultType::boolean, ArgumentUse::type},
    PathFunction{"as", 1, 1, run_as, ResultType::tested, ArgumentUse::type},
    PathFunction{"children", 0, 0, run_children, ResultType::any},
    PathFunction{"descendants", 0, 0, run_descendants, ResultType::any},
    PathFunction{"aggregate", 1, 2, run_aggregate, ResultType::any, each},
    PathFunction{"iif", 2, 3, run_iif, ResultType::any, each},
    PathFunction{"coalesce", 1, 255, run_coalesce, ResultType::any},
    PathFunction{"sort", 0, 255, run_sort, ResultType::input, each},
};

}  // namespace

std::span<const PathFunction> iteration_functions() {
    return table;
}

}  // namespace gateway
