// N1 #existence: empty, exists, all, …, subsetOf, count, distinct.
#include <array>

#include "gateway/engine/fhirpath/comparison.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"

namespace gateway {
namespace {

void run_empty_test(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin, evaluator.size() == begin);
}

void run_exists(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    if (step.arguments.empty()) {
        evaluator.replace(begin, end > begin);
        return;
    }
    bool found = false;
    for (std::size_t item = begin; item < end && !found; ++item) {
        const auto index = static_cast<std::int64_t>(item - begin);
        found = evaluator.criterion(step.arguments[0], item, index, scope).value_or(false);
    }
    evaluator.replace(begin, found);
}

void run_all(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    bool all = true;
    for (std::size_t item = begin; item < end && all; ++item) {
        const auto index = static_cast<std::int64_t>(item - begin);
        all = evaluator.criterion(step.arguments[0], item, index, scope).value_or(false);
    }
    evaluator.replace(begin, all);
}

// Is there an item whose Boolean is `wanted`? All items must be Booleans.
bool any_boolean(Evaluator& evaluator, const PathStep& step, std::size_t begin, bool wanted) {
    bool found = false;
    for (std::size_t item = begin; item < evaluator.size(); ++item) {
        const auto value = evaluator.system_value(evaluator.at(item));
        if (!value || value->type() != ValueType::boolean) {
            evaluator.fail(step,
                           step.text + "() needs Booleans, and there is a value that is none");
        }
        found = found || value->boolean() == wanted;
    }
    return found;
}

void run_all_true(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin, !any_boolean(evaluator, step, begin, false));
}

void run_any_true(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin, any_boolean(evaluator, step, begin, true));
}

void run_all_false(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin, !any_boolean(evaluator, step, begin, true));
}

void run_any_false(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin, any_boolean(evaluator, step, begin, false));
}

bool is_subset(Evaluator& evaluator, std::span<const Value> part, std::span<const Value> whole) {
    ValueSetIndex set(evaluator);
    for (const Value& value : whole) {
        set.insert(value);
    }
    for (const Value& value : part) {
        if (!set.contains(value)) {
            return false;
        }
    }
    return true;
}

void run_subset_of(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t middle = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    const std::size_t end = evaluator.size();
    evaluator.replace(
        begin, is_subset(evaluator, evaluator.range(begin, middle), evaluator.range(middle, end)));
}

void run_superset_of(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t middle = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    const std::size_t end = evaluator.size();
    evaluator.replace(
        begin, is_subset(evaluator, evaluator.range(middle, end), evaluator.range(begin, middle)));
}

void run_count(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    evaluator.replace(begin,
                      Value::of_integer(static_cast<std::int64_t>(evaluator.size() - begin)));
}

void run_distinct(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    keep_distinct(evaluator, evaluator.run_input(step, scope));
}

void run_is_distinct(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const std::size_t end = evaluator.size();
    keep_distinct(evaluator, begin);
    evaluator.replace(begin, evaluator.size() == end);
}

void run_not(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto truth = evaluator.boolean(step, begin);
    if (truth) {
        evaluator.replace(begin, !*truth);
    }
}

void run_has_value(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    bool has_value = false;
    if (evaluator.size() - begin == 1) {
        const Value& value = evaluator.at(begin);
        has_value = !value.is_node() || value.document().has_value(value.node());
    }
    evaluator.replace(begin, has_value);
}

// The System value of a single primitive (R4 fhirpath.html#functions).
void run_get_value(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    std::optional<Value> value;
    if (evaluator.size() - begin == 1) {
        const Value& item = evaluator.at(begin);
        if (!item.is_node() || item.document().has_value(item.node())) {
            value = evaluator.system_value(item);
        }
    }
    evaluator.drop_to(begin);
    if (value) {
        evaluator.push(*value);
    }
}

constexpr auto boolean = ResultType::boolean;

constexpr std::array table{
    PathFunction{"empty", 0, 0, run_empty_test, boolean},
    PathFunction{"exists", 0, 1, run_exists, boolean, ArgumentUse::each},
    PathFunction{"all", 1, 1, run_all, boolean, ArgumentUse::each},
    PathFunction{"allTrue", 0, 0, run_all_true, boolean},
    PathFunction{"anyTrue", 0, 0, run_any_true, boolean},
    PathFunction{"allFalse", 0, 0, run_all_false, boolean},
    PathFunction{"anyFalse", 0, 0, run_any_false, boolean},
    PathFunction{"subsetOf", 1, 1, run_subset_of, boolean},
    PathFunction{"supersetOf", 1, 1, run_superset_of, boolean},
    PathFunction{"count", 0, 0, run_count, ResultType::integer},
    PathFunction{"distinct", 0, 0, run_distinct, ResultType::input},
    PathFunction{"isDistinct", 0, 0, run_is_distinct, boolean},
    PathFunction{"not", 0, 0, run_not, boolean},
    PathFunction{"hasValue", 0, 0, run_has_value, boolean},
    PathFunction{"getValue", 0, 0, run_get_value, ResultType::any},
};

}  // namespace

std::span<const PathFunction> existence_functions() {
    return table;
}

}  // namespace gateway
