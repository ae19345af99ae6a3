#include <array>

#include "gateway/engine/fhirpath/arithmetic.h"
#include "gateway/engine/fhirpath/comparison.h"
#include "gateway/engine/fhirpath/path_steps.h"

namespace gateway {
namespace {

using Truth = std::optional<bool>;

void push_truth(Evaluator& evaluator, std::size_t begin, Truth truth) {
    evaluator.drop_to(begin);
    if (truth) {
        evaluator.push(*truth);
    }
}

// Both operands' values on the stack: [begin, middle) and [middle, size).
struct Sides {
    std::size_t begin;
    std::size_t middle;
};

Sides run_sides(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    Sides sides{};
    sides.begin = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    sides.middle = evaluator.size();
    evaluator.run_operand(step.arguments[1], scope);
    return sides;
}

Truth equality(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Sides sides = run_sides(evaluator, step, scope);
    const auto truth = equal_ranges(evaluator, evaluator.range(sides.begin, sides.middle),
                                    evaluator.range(sides.middle, evaluator.size()));
    evaluator.drop_to(sides.begin);
    return truth;
}

bool equivalence(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Sides sides = run_sides(evaluator, step, scope);
    const bool truth = equivalent_ranges(evaluator, evaluator.range(sides.begin, sides.middle),
                                         evaluator.range(sides.middle, evaluator.size()));
    evaluator.drop_to(sides.begin);
    return truth;
}

void run_equal(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.size();
    push_truth(evaluator, begin, equality(evaluator, step, scope));
}

void run_not_equal(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.size();
    const Truth truth = equality(evaluator, step, scope);
    push_truth(evaluator, begin, truth ? Truth(!*truth) : Truth());
}

void run_equivalent(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    evaluator.push(equivalence(evaluator, step, scope));
}

void run_not_equivalent(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    evaluator.push(!equivalence(evaluator, step, scope));
}

// Of `<` and `>` the one that `less` says, of `<=` and `>=` too.
template <bool less, bool equal_too>
void run_order(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Sides sides = run_sides(evaluator, step, scope);
    const std::size_t end = evaluator.size();
    if (sides.begin == sides.middle || sides.middle == end) {
        evaluator.drop_to(sides.begin);
        return;
    }
    const auto right = evaluator.single(evaluator.code()[step.arguments[1]], sides.middle);
    evaluator.drop_to(sides.middle);
    const auto left = evaluator.single(evaluator.code()[step.arguments[0]], sides.begin);
    const ValueOrder found = order(evaluator, *left, *right);
    if (found == ValueOrder::incomparable) {
        evaluator.fail(step, "the values on the two sides of '" + step.text +
                                 "' are of types that have no common order");
    }
    if (found == ValueOrder::unknown) {
        return push_truth(evaluator, sides.begin, std::nullopt);
    }
    const bool truth = found == ValueOrder::equal ? equal_too : (found == ValueOrder::less) == less;
    push_truth(evaluator, sides.begin, truth);
}

Truth run_truth(Evaluator& evaluator, StepId operand, const PathScope& scope) {
    const std::size_t begin = evaluator.size();
    evaluator.run_operand(operand, scope);
    const Truth truth = evaluator.boolean(evaluator.code()[operand], begin);
    evaluator.drop_to(begin);
    return truth;
}

void run_and(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Truth left = run_truth(evaluator, step.arguments[0], scope);
    if (left == false) {
        return evaluator.push(false);
    }
    const Truth right = run_truth(evaluator, step.arguments[1], scope);
    if (right == false) {
        return evaluator.push(false);
    }
    if (left && right) {
        evaluator.push(true);
    }
}

void run_or(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Truth left = run_truth(evaluator, step.arguments[0], scope);
    if (left == true) {
        return evaluator.push(true);
    }
    const Truth right = run_truth(evaluator, step.arguments[1], scope);
    if (right == true) {
        return evaluator.push(true);
    }
    if (left && right) {
        evaluator.push(false);
    }
}

void run_xor(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Truth left = run_truth(evaluator, step.arguments[0], scope);
    if (!left) {
        return;
    }
    const Truth right = run_truth(evaluator, step.arguments[1], scope);
    if (right) {
        evaluator.push(*left != *right);
    }
}

void run_implies(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Truth left = run_truth(evaluator, step.arguments[0], scope);
    if (left == false) {
        return evaluator.push(true);
    }
    const Truth right = run_truth(evaluator, step.arguments[1], scope);
    if (right == true) {
        return evaluator.push(true);
    }
    if (left && right) {
        evaluator.push(false);
    }
}

void run_union(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    keep_distinct(evaluator, run_sides(evaluator, step, scope).begin);
}

// Is the one value of `item` among those of `list`? Empty if there is none.
void push_membership(Evaluator& evaluator, std::size_t begin, const std::optional<Value>& item,
                     std::span<const Value> list) {
    if (!item) {
        evaluator.drop_to(begin);
        return;
    }
    bool found = false;
    for (const Value& value : list) {
        if (equal(evaluator, *item, value).value_or(false)) {
            found = true;
            break;
        }
    }
    push_truth(evaluator, begin, found);
}

void run_in(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.size();
    evaluator.run_operand(step.arguments[0], scope);
    const auto item = evaluator.single(evaluator.code()[step.arguments[0]], begin);
    evaluator.drop_to(begin);
    evaluator.run_operand(step.arguments[1], scope);
    push_membership(evaluator, begin, item, evaluator.range(begin, evaluator.size()));
}

void run_contains(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const Sides sides = run_sides(evaluator, step, scope);
    const auto item = evaluator.single(evaluator.code()[step.arguments[1]], sides.middle);
    push_membership(evaluator, sides.begin, item, evaluator.range(sides.begin, sides.middle));
}

// `&`: an empty side counts as the empty text (N1 #string-concatenation).
void run_concatenate(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    std::string joined;
    for (std::size_t side = 0; side < 2; ++side) {
        const auto value = evaluator.argument(step, side, scope);
        if (!value) {
            continue;
        }
        if (value->type() != ValueType::string) {
            evaluator.fail(evaluator.code()[step.arguments[side]],
                           "'&' joins Strings, not a " + std::string(name_of(value->type())) +
                               ": use toString()");
        }
        joined += value->string();
    }
    evaluator.push(evaluator.text_value(joined));
}

struct Operator {
    std::string_view symbol;
    StepRun run;
};

constexpr std::array<Operator, 22> operators{{
    {"=", run_equal},
    {"!=", run_not_equal},
    {"~", run_equivalent},
    {"!~", run_not_equivalent},
    {"<", run_order<true, false>},
    {"<=", run_order<true, true>},
    {">", run_order<false, false>},
    {">=", run_order<false, true>},
    {"and", run_and},
    {"or", run_or},
    {"xor", run_xor},
    {"implies", run_implies},
    {"|", run_union},
    {"in", run_in},
    {"contains", run_contains},
    {"&", run_concatenate},
    {"+", run_add},
    {"-", run_subtract},
    {"*", run_multiply},
    {"/", run_divide},
    {"div", run_divide_whole},
    {"mod", run_modulo},
}};

}  // namespace

StepRun binary_operator(std::string_view symbol) {
    for (const Operator& candidate : operators) {
        if (candidate.symbol == symbol) {
            return candidate.run;
        }
    }
    return nullptr;
}

}  // namespace gateway
