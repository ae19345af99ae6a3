// N1 #conversion: toX(), and convertsToX(), which says whether toX() yields anything.
#include <algorithm>
#include <array>

#include "gateway/base/text.h"
#include "gateway/engine/fhirpath/arithmetic.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/system/quantity.h"

namespace gateway {
namespace {

using Conversion = std::optional<Value> (*)(Evaluator&, const Value&);

std::optional<Value> to_boolean(Evaluator& /*evaluator*/, const Value& value) {
    static constexpr std::array<std::string_view, 6> truths{"true", "t", "yes", "y", "1", "1.0"};
    static constexpr std::array<std::string_view, 6> untruths{"false", "f", "no", "n", "0", "0.0"};
    if (value.type() == ValueType::boolean) {
        return value;
    }
    if (is_number(value)) {
        const auto number = as_decimal(value).to_integer();
        if (number != 0 && number != 1) {
            return std::nullopt;
        }
        return Value::of(number == 1);
    }
    if (value.type() != ValueType::string) {
        return std::nullopt;
    }
    const std::string text = lower_case(value.string());
    if (std::find(truths.begin(), truths.end(), text) != truths.end()) {
        return Value::of(true);
    }
    if (std::find(untruths.begin(), untruths.end(), text) != untruths.end()) {
        return Value::of(false);
    }
    return std::nullopt;
}

bool is_whole_text(std::string_view text) {
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        text.remove_prefix(1);
    }
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> whole_number(const Value& value) {
    if (value.type() == ValueType::integer || value.type() == ValueType::long_integer) {
        return value.integer();
    }
    if (value.type() == ValueType::boolean) {
        return value.boolean() ? 1 : 0;
    }
    if (value.type() != ValueType::string || !is_whole_text(value.string())) {
        return std::nullopt;
    }
    const auto number = Decimal128::parse(value.string());
    return number ? number->to_integer() : std::nullopt;
}

std::optional<Value> to_integer(Evaluator& /*evaluator*/, const Value& value) {
    const auto number = whole_number(value);
    return number ? integer_result(*number) : std::nullopt;
}

std::optional<Value> to_long(Evaluator& /*evaluator*/, const Value& value) {
    const auto number = whole_number(value);
    return number ? std::optional(Value::of_long(*number)) : std::nullopt;
}

std::optional<Value> to_decimal(Evaluator& /*evaluator*/, const Value& value) {
    if (is_number(value)) {
        return Value::of(as_decimal(value));
    }
    if (value.type() == ValueType::boolean) {
        return Value::of(Decimal128(value.boolean() ? 10 : 0, 1));
    }
    if (value.type() != ValueType::string) {
        return std::nullopt;
    }
    if (value.string().find_first_of("eE") != std::string_view::npos) {
        return std::nullopt;
    }
    const auto number = Decimal128::parse(value.string());
    return number ? std::optional(Value::of(*number)) : std::nullopt;
}

std::optional<Value> to_text(Evaluator& evaluator, const Value& value) {
    if (value.type() == ValueType::string) {
        return value;
    }
    if (value.type() == ValueType::type) {
        return std::nullopt;
    }
    return evaluator.text_value(text_of(value));
}

std::optional<Value> to_date(Evaluator& /*evaluator*/, const Value& value) {
    if (value.type() == ValueType::date) {
        return value;
    }
    if (value.type() == ValueType::date_time) {
        PartialTime date = value.time();
        date =
            PartialTime{date.year, date.month, date.day, 0, 0,
                        0,         0,          0,        0, std::min(date.precision, TimePart::day),
                        false};
        return Value::of_date(date);
    }
    if (value.type() != ValueType::string) {
        return std::nullopt;
    }
    const auto date = parse_date(value.string());
    return date ? std::optional(Value::of_date(*date)) : std::nullopt;
}

std::optional<Value> to_date_time(Evaluator& /*evaluator*/, const Value& value) {
    if (value.type() == ValueType::date_time) {
        return value;
    }
    if (value.type() == ValueType::date) {
        return Value::of_date_time(value.time());
    }
    if (value.type() != ValueType::string) {
        return std::nullopt;
    }
    const auto time = parse_date_time(value.string());
    return time ? std::optional(Value::of_date_time(*time)) : std::nullopt;
}

std::optional<Value> to_time(Evaluator& /*evaluator*/, const Value& value) {
    if (value.type() == ValueType::time) {
        return value;
    }
    if (value.type() != ValueType::string) {
        return std::nullopt;
    }
    const auto time = parse_time(value.string());
    return time ? std::optional(Value::of_time(*time)) : std::nullopt;
}

std::optional<Quantity> quantity_from(const Value& value) {
    if (value.type() == ValueType::quantity) {
        return value.quantity();
    }
    if (is_number(value)) {
        return Quantity{as_decimal(value)};
    }
    if (value.type() == ValueType::boolean) {
        return Quantity{Decimal128(value.boolean() ? 10 : 0, 1)};
    }
    return value.type() == ValueType::string ? parse_quantity(value.string()) : std::nullopt;
}

std::optional<Value> to_quantity(Evaluator& evaluator, const Value& value) {
    const auto quantity = quantity_from(value);
    return quantity ? std::optional(evaluator.quantity_value(*quantity)) : std::nullopt;
}

// The single input as a System value, off the stack.
std::optional<Value> input(Evaluator& evaluator, const PathStep& step, const PathScope& scope,
                           bool& empty) {
    const std::size_t begin = evaluator.run_input(step, scope);
    empty = evaluator.size() == begin;
    const auto value = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    return value;
}

template <Conversion convert>
void run_to(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    bool empty = false;
    const auto value = input(evaluator, step, scope, empty);
    const auto converted = value ? convert(evaluator, *value) : std::nullopt;
    if (converted) {
        evaluator.push(*converted);
    }
}

template <Conversion convert>
void run_converts_to(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    bool empty = false;
    const auto value = input(evaluator, step, scope, empty);
    if (!empty) {
        evaluator.push(value && convert(evaluator, *value).has_value());
    }
}

// toQuantity(unit): only if the quantity can be had in that unit.
void run_to_quantity(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    bool empty = false;
    const auto value = input(evaluator, step, scope, empty);
    const auto converted = value ? quantity_from(*value) : std::nullopt;
    if (!converted) {
        return;
    }
    if (step.arguments.empty()) {
        evaluator.push(evaluator.quantity_value(*converted));
        return;
    }
    const auto unit = evaluator.text_argument(step, 0, scope);
    if (!unit) {
        return;
    }
    const auto word = calendar_unit(*unit);
    if (const auto amount = in_unit(*converted, word.value_or(*unit), word.has_value())) {
        evaluator.push(evaluator.quantity_value(*amount));
    }
}

constexpr auto boolean = ResultType::boolean;

constexpr std::array table{
    PathFunction{"toBoolean", 0, 0, run_to<to_boolean>, boolean},
    PathFunction{"toInteger", 0, 0, run_to<to_integer>, ResultType::integer},
    PathFunction{"toLong", 0, 0, run_to<to_long>, ResultType::long_integer},
    PathFunction{"toDecimal", 0, 0, run_to<to_decimal>, ResultType::decimal},
    PathFunction{"toString", 0, 0, run_to<to_text>, ResultType::string},
    PathFunction{"toDate", 0, 0, run_to<to_date>, ResultType::date},
    PathFunction{"toDateTime", 0, 0, run_to<to_date_time>, ResultType::date_time},
    PathFunction{"toTime", 0, 0, run_to<to_time>, ResultType::time},
    PathFunction{"toQuantity", 0, 1, run_to_quantity, ResultType::quantity},
    PathFunction{"convertsToBoolean", 0, 0, run_converts_to<to_boolean>, boolean},
    PathFunction{"convertsToInteger", 0, 0, run_converts_to<to_integer>, boolean},
    PathFunction{"convertsToLong", 0, 0, run_converts_to<to_long>, boolean},
    PathFunction{"convertsToDecimal", 0, 0, run_converts_to<to_decimal>, boolean},
    PathFunction{"convertsToString", 0, 0, run_converts_to<to_text>, boolean},
    PathFunction{"convertsToDate", 0, 0, run_converts_to<to_date>, boolean},
    PathFunction{"convertsToDateTime", 0, 0, run_converts_to<to_date_time>, boolean},
    PathFunction{"convertsToTime", 0, 0, run_converts_to<to_time>, boolean},
    PathFunction{"convertsToQuantity", 0, 1, run_converts_to<to_quantity>, boolean},
};

}  // namespace

std::span<const PathFunction> conversion_functions() {
    return table;
}

}  // namespace gateway
