// N1 #math. Exact where the function is; exp, ln, log, sqrt and fractional powers go through
// double.
#include <array>
#include <cmath>

#include "gateway/engine/fhirpath/arithmetic.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"

namespace gateway {
namespace {

// The single number that the function is applied to, off the stack; nothing if empty.
std::optional<Value> input_number(Evaluator& evaluator, const PathStep& step,
                                  const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    if (!value) {
        return std::nullopt;
    }
    if (!is_number(*value)) {
        evaluator.fail(
            step, step.text + "() is for numbers, not a " + std::string(name_of(value->type())));
    }
    return value;
}

std::optional<Value> number_argument(Evaluator& evaluator, const PathStep& step,
                                     const PathScope& scope) {
    const auto value = evaluator.argument(step, 0, scope);
    if (value && !is_number(*value)) {
        evaluator.fail(step, step.text + "() needs a number as its argument, not a " +
                                 std::string(name_of(value->type())));
    }
    return value;
}

void push_integer(Evaluator& evaluator, const Decimal128& whole) {
    const auto number = whole.to_integer();
    if (!number) {
        return;
    }
    const auto fits = integer_result(*number);
    evaluator.push(fits ? *fits : Value::of_long(*number));
}

void push_double(Evaluator& evaluator, double number) {
    const auto decimal = from_double(number);
    if (decimal) {
        evaluator.push(Value::of(*decimal));
    }
}

void run_abs(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    if (!value) {
        return;
    }
    if (value->type() == ValueType::quantity) {
        Quantity quantity = value->quantity();
        if (quantity.value.is_negative()) {
            quantity.value = quantity.value.negated();
        }
        evaluator.push(evaluator.quantity_value(quantity));
    } else if (is_whole_number(*value)) {
        const std::int64_t number = value->integer();
        const auto result =
            whole_result(number < 0 ? -number : number, value->type(), value->type());
        if (result) {
            evaluator.push(*result);
        }
    } else if (value->type() == ValueType::decimal) {
        const Decimal128 number = value->decimal();
        evaluator.push(Value::of(number.is_negative() ? number.negated() : number));
    } else {
        evaluator.fail(step, "abs() is for numbers and quantities");
    }
}

void run_ceiling(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (value) {
        push_integer(evaluator, as_decimal(*value).ceiled(0));
    }
}

void run_floor(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (value) {
        push_integer(evaluator, as_decimal(*value).floored(0));
    }
}

void run_truncate(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (value) {
        push_integer(evaluator, as_decimal(*value).truncated(0));
    }
}

void run_round(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    std::int64_t digits = 0;
    if (!step.arguments.empty()) {
        const auto wanted = evaluator.integer_argument(step, 0, scope);
        if (!wanted) {
            return;
        }
        digits = *wanted;
    }
    if (!value) {
        return;
    }
    if (digits < 0 || digits > Decimal128::digits_max) {
        evaluator.fail(step, "round() takes a precision from 0 to 38");
    }
    evaluator.push(Value::of(as_decimal(*value).rounded(static_cast<int>(digits))));
}

void run_exp(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (value) {
        push_double(evaluator, std::exp(as_decimal(*value).approximate()));
    }
}

void run_ln(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (!value) {
        return;
    }
    const double number = as_decimal(*value).approximate();
    if (number > 0) {
        push_double(evaluator, std::log(number));
    }
}

void run_log(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    const auto base = number_argument(evaluator, step, scope);
    if (!value || !base) {
        return;
    }
    const double number = as_decimal(*value).approximate();
    const double base_number = as_decimal(*base).approximate();
    if (number <= 0 || base_number <= 0 || base_number == 1) {
        return;
    }
    push_double(evaluator, std::log2(number) / std::log2(base_number));
}

// Squaring; nothing once 38 digits do not hold the power.
std::optional<Decimal128> whole_power(Decimal128 base, std::int64_t exponent) {
    std::optional<Decimal128> result = Decimal128(1, 0);
    for (; exponent > 0 && result; exponent /= 2) {
        if (exponent % 2 == 1) {
            result = multiply(*result, base);
        }
        if (exponent > 1) {
            const auto square = multiply(base, base);
            if (!square) {
                return std::nullopt;
            }
            base = *square;
        }
    }
    return result;
}

void push_power(Evaluator& evaluator, const Value& base, const Decimal128& exponent) {
    const auto whole = exponent.to_integer();
    if (whole && *whole >= 0) {
        const auto power = whole_power(as_decimal(base), *whole);
        if (!power) {
            return;
        }
        if (is_whole_number(base)) {
            push_integer(evaluator, *power);
        } else {
            evaluator.push(Value::of(*power));
        }
        return;
    }
    push_double(evaluator, std::pow(as_decimal(base).approximate(), exponent.approximate()));
}

void run_power(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    const auto exponent = number_argument(evaluator, step, scope);
    if (value && exponent) {
        push_power(evaluator, *value, as_decimal(*exponent));
    }
}

void run_sqrt(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = input_number(evaluator, step, scope);
    if (!value) {
        return;
    }
    const Decimal128 number = as_decimal(*value);
    if (!number.is_negative()) {
        push_double(evaluator, std::sqrt(number.approximate()));
    }
}

constexpr auto integer = ResultType::integer;
constexpr auto decimal = ResultType::decimal;

constexpr std::array table{
    PathFunction{"abs", 0, 0, run_abs, ResultType::item},
    PathFunction{"ceiling", 0, 0, run_ceiling, integer},
    PathFunction{"floor", 0, 0, run_floor, integer},
    PathFunction{"truncate", 0, 0, run_truncate, integer},
    PathFunction{"round", 0, 1, run_round, decimal},
    PathFunction{"exp", 0, 0, run_exp, decimal},
    PathFunction{"ln", 0, 0, run_ln, decimal},
    PathFunction{"log", 1, 1, run_log, decimal},
    PathFunction{"power", 1, 1, run_power, ResultType::any},
    PathFunction{"sqrt", 0, 0, run_sqrt, decimal},
};

}  // namespace

std::span<const PathFunction> math_functions() {
    return table;
}

}  // namespace gateway
