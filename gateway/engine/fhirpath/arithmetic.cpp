#include "gateway/engine/fhirpath/arithmetic.h"

#include <cstring>
#include <limits>

#include "gateway/engine/fhirpath/path_steps.h"
#include "gateway/engine/fhirpath/system/quantity.h"
#include "gateway/engine/terminology/ucum.h"

namespace gateway {
namespace {

struct Operands {
    Value left;
    Value right;
};

// Both operands as System values; nothing if one is empty. The stack is as before.
std::optional<Operands> operands(Evaluator& evaluator, const PathStep& step,
                                 const PathScope& scope) {
    const auto left = evaluator.argument(step, 0, scope);
    const auto right = evaluator.argument(step, 1, scope);
    if (!left || !right) {
        return std::nullopt;
    }
    return Operands{*left, *right};
}

void push_result(Evaluator& evaluator, const std::optional<Value>& value) {
    if (value) {
        evaluator.push(*value);
    }
}

std::optional<Value> decimal_result(const std::optional<Decimal128>& value) {
    return value ? std::optional(Value::of(*value)) : std::nullopt;
}

[[noreturn]] void fail_types(Evaluator& evaluator, const PathStep& step, const Operands& operands) {
    evaluator.fail(step, "'" + step.text + "' cannot be applied to a " +
                             std::string(name_of(operands.left.type())) + " and a " +
                             std::string(name_of(operands.right.type())));
}

Value concatenated(Evaluator& evaluator, std::string_view left, std::string_view right) {
    char* place = evaluator.allocate(left.size() + right.size());
    if (!left.empty()) {
        std::memcpy(place, left.data(), left.size());
    }
    if (!right.empty()) {
        std::memcpy(place + left.size(), right.data(), right.size());
    }
    return Value::of_string({place, left.size() + right.size()});
}

Value time_value(ValueType type, const PartialTime& time) {
    if (type == ValueType::date) {
        return Value::of_date(time);
    }
    return type == ValueType::time ? Value::of_time(time) : Value::of_date_time(time);
}

std::optional<Value> move_time(Evaluator& evaluator, const PathStep& step, const Value& time,
                               const Quantity& amount) {
    const MovedTime moved = plus_quantity(time.time(), time.type(), amount);
    if (!moved.is_unit_of_time) {
        evaluator.fail(step, "'" + std::string(amount.unit) + "' cannot be added to a " +
                                 std::string(name_of(time.type())) +
                                 ": use a calendar unit such as days, months or years");
    }
    if (!moved.time) {
        return std::nullopt;
    }
    return time_value(time.type(), *moved.time);
}

std::optional<Value> sum_of_numbers(const Value& left, const Value& right) {
    if (is_whole_number(left) && is_whole_number(right)) {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(left.integer(), right.integer(), &sum)) {
            return std::nullopt;
        }
        return whole_result(sum, left.type(), right.type());
    }
    return decimal_result(add(as_decimal(left), as_decimal(right)));
}

std::optional<Value> sum_of_quantities(Evaluator& evaluator, const Quantity& left,
                                       const Quantity& right) {
    const auto sum = add(left, right);
    return sum ? std::optional(evaluator.quantity_value(*sum)) : std::nullopt;
}

std::optional<Quantity> quantity_operand(const Value& value) {
    if (value.type() == ValueType::quantity) {
        return value.quantity();
    }
    if (is_number(value)) {
        return Quantity{as_decimal(value)};
    }
    return std::nullopt;
}

std::optional<Value> negated(Evaluator& evaluator, const Value& value) {
    switch (value.type()) {
        case ValueType::integer:
            return integer_result(-value.integer());
        case ValueType::long_integer:
            if (value.integer() == std::numeric_limits<std::int64_t>::min()) {
                return std::nullopt;
            }
            return Value::of_long(-value.integer());
        case ValueType::decimal:
            return Value::of(value.decimal().negated());
        case ValueType::quantity: {
            Quantity quantity = value.quantity();
            quantity.value = quantity.value.negated();
            return evaluator.quantity_value(quantity);
        }
        default:
            return std::nullopt;
    }
}

bool is_dimensionless(const Quantity& quantity) {
    return quantity.unit == "1" && !quantity.calendar;
}

// A product or quotient of two units of UCUM; nothing if one is none.
std::optional<Value> combined(Evaluator& evaluator, const Decimal128& value, const Quantity& left,
                              const Quantity& right,
                              std::string (*units)(std::string_view, std::string_view)) {
    const auto left_code = ucum_code(left);
    const auto right_code = ucum_code(right);
    if (!left_code || !right_code || ucum_fault(*left_code) || ucum_fault(*right_code)) {
        return std::nullopt;
    }
    const std::string unit = units(*left_code, *right_code);
    return evaluator.quantity_value({value, evaluator.keep(unit), false});
}

std::optional<Value> multiply_quantities(Evaluator& evaluator, const Quantity& left,
                                         const Quantity& right) {
    const auto value = multiply(left.value, right.value);
    if (!value) {
        return std::nullopt;
    }
    if (!is_dimensionless(left) && !is_dimensionless(right)) {
        return combined(evaluator, *value, left, right, ucum_product);
    }
    const Quantity& named = is_dimensionless(left) ? right : left;
    return evaluator.quantity_value({*value, named.unit, named.calendar});
}

std::optional<Value> divide_quantities(Evaluator& evaluator, const Quantity& left,
                                       const Quantity& right) {
    if (const auto pair = in_one_unit(left, right, UnitMatch::exact)) {
        const auto ratio = divide(pair->left, pair->right);
        return ratio ? std::optional(evaluator.quantity_value({*ratio, "1", false})) : std::nullopt;
    }
    const auto value = divide(left.value, right.value);
    if (!value) {
        return std::nullopt;
    }
    if (is_dimensionless(right)) {
        return evaluator.quantity_value({*value, left.unit, left.calendar});
    }
    return combined(evaluator, *value, left, right, ucum_quotient);
}

using WholeOperation = std::optional<Decimal128> (*)(const Decimal128&, const Decimal128&);

// div and mod: whole numbers stay whole.
void run_whole(Evaluator& evaluator, const PathStep& step, const PathScope& scope,
               WholeOperation operation) {
    const auto both = operands(evaluator, step, scope);
    if (!both) {
        return;
    }
    if (!is_number(both->left) || !is_number(both->right)) {
        fail_types(evaluator, step, *both);
    }
    const auto value = operation(as_decimal(both->left), as_decimal(both->right));
    if (!value) {
        return;
    }
    const bool whole_operands = is_whole_number(both->left) && is_whole_number(both->right);
    const auto whole = value->to_integer();
    const bool is_div = step.text == "div";
    if ((whole_operands || is_div) && whole) {
        push_result(evaluator, whole_result(*whole, both->left.type(), both->right.type()));
    } else {
        evaluator.push(Value::of(*value));
    }
}

}  // namespace

bool is_whole_number(const Value& value) {
    return value.type() == ValueType::integer || value.type() == ValueType::long_integer;
}

bool is_number(const Value& value) {
    return is_whole_number(value) || value.type() == ValueType::decimal;
}

Decimal128 as_decimal(const Value& number) {
    return is_whole_number(number) ? Decimal128::of_integer(number.integer()) : number.decimal();
}

std::optional<Value> integer_result(std::int64_t value) {
    if (value > std::numeric_limits<std::int32_t>::max() ||
        value < std::numeric_limits<std::int32_t>::min()) {
        return std::nullopt;
    }
    return Value::of_integer(value);
}

std::optional<Value> whole_result(std::int64_t value, ValueType left, ValueType right) {
    const bool is_long = left == ValueType::long_integer || right == ValueType::long_integer;
    return is_long ? std::optional(Value::of_long(value)) : integer_result(value);
}

void run_add(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = operands(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto& [left, right] = *both;
    if (left.type() == ValueType::string && right.type() == ValueType::string) {
        evaluator.push(concatenated(evaluator, left.string(), right.string()));
    } else if (is_number(left) && is_number(right)) {
        push_result(evaluator, sum_of_numbers(left, right));
    } else if (left.is_temporal() && right.type() == ValueType::quantity) {
        push_result(evaluator, move_time(evaluator, step, left, right.quantity()));
    } else if (left.type() == ValueType::quantity && right.type() == ValueType::quantity) {
        push_result(evaluator, sum_of_quantities(evaluator, left.quantity(), right.quantity()));
    } else {
        fail_types(evaluator, step, *both);
    }
}

void run_subtract(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = operands(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto& [left, right] = *both;
    const bool numbers = is_number(left) && is_number(right);
    const bool quantities =
        right.type() == ValueType::quantity && left.type() == ValueType::quantity;
    const bool shift = right.type() == ValueType::quantity && left.is_temporal();
    if (!numbers && !quantities && !shift) {
        fail_types(evaluator, step, *both);
    }
    if (numbers && is_whole_number(left) && is_whole_number(right)) {
        std::int64_t difference = 0;
        if (!__builtin_sub_overflow(left.integer(), right.integer(), &difference)) {
            push_result(evaluator, whole_result(difference, left.type(), right.type()));
        }
        return;
    }
    if (numbers) {
        push_result(evaluator, decimal_result(subtract(as_decimal(left), as_decimal(right))));
        return;
    }
    Quantity opposite = right.quantity();
    opposite.value = opposite.value.negated();
    push_result(evaluator, shift ? move_time(evaluator, step, left, opposite)
                                 : sum_of_quantities(evaluator, left.quantity(), opposite));
}

void run_multiply(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = operands(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto& [left, right] = *both;
    if (is_whole_number(left) && is_whole_number(right)) {
        std::int64_t product = 0;
        if (!__builtin_mul_overflow(left.integer(), right.integer(), &product)) {
            push_result(evaluator, whole_result(product, left.type(), right.type()));
        }
        return;
    }
    if (is_number(left) && is_number(right)) {
        push_result(evaluator, decimal_result(multiply(as_decimal(left), as_decimal(right))));
        return;
    }
    const auto left_quantity = quantity_operand(left);
    const auto right_quantity = quantity_operand(right);
    if (!left_quantity || !right_quantity) {
        fail_types(evaluator, step, *both);
    }
    push_result(evaluator, multiply_quantities(evaluator, *left_quantity, *right_quantity));
}

void run_divide(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto both = operands(evaluator, step, scope);
    if (!both) {
        return;
    }
    const auto& [left, right] = *both;
    if (is_number(left) && is_number(right)) {
        push_result(evaluator, decimal_result(divide(as_decimal(left), as_decimal(right))));
        return;
    }
    const auto left_quantity = quantity_operand(left);
    const auto right_quantity = quantity_operand(right);
    if (!left_quantity || !right_quantity) {
        fail_types(evaluator, step, *both);
    }
    push_result(evaluator, divide_quantities(evaluator, *left_quantity, *right_quantity));
}

void run_divide_whole(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    run_whole(evaluator, step, scope, divide_whole);
}

void run_modulo(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    run_whole(evaluator, step, scope, remainder);
}

void run_polarity(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const auto value = evaluator.argument(step, 0, scope);
    if (!value) {
        return;
    }
    if (!is_number(*value) && value->type() != ValueType::quantity) {
        evaluator.fail(step, "'" + step.text + "' cannot be applied to a " +
                                 std::string(name_of(value->type())) +
                                 "; it binds looser than '.', so write (-1).function()");
    }
    if (step.text == "-") {
        push_result(evaluator, negated(evaluator, *value));
    } else {
        evaluator.push(*value);
    }
}

}  // namespace gateway
