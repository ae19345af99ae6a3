// lowBoundary, highBoundary, precision and comparable (current build, #additional-math-functions
// and #utility-functions): what a value of limited precision can be at least and at most.
#include <array>

#include "gateway/engine/fhirpath/arithmetic.h"
#include "gateway/engine/fhirpath/functions/path_functions.h"
#include "gateway/engine/fhirpath/system/quantity.h"

namespace gateway {
namespace {

enum class Boundary { low, high };

constexpr int decimal_digits_default = 8;
constexpr int decimal_digits_max = 31;

// Half a unit of the last digit outwards, then to `digits`: cut towards zero on the near side,
// rounded on the far one, as the official suite has it.
std::optional<Decimal128> decimal_boundary(const Decimal128& value, Boundary boundary, int digits) {
    if (digits < 0 || digits > decimal_digits_max) {
        return std::nullopt;
    }
    const bool outward = value.is_negative() == (boundary == Boundary::low);
    const Decimal128 half(5, value.scale() + 1);
    const bool down = boundary == Boundary::low;
    const auto moved = down ? subtract(value, half) : add(value, half);
    if (!moved) {
        return std::nullopt;
    }
    const Decimal128 cut = outward ? moved->rounded(digits) : moved->truncated(digits);
    return cut.widened(digits);
}

// Digits of a date or time at each precision: YYYYMMDDhhmmssSSS.
struct Precision {
    int digits;
    TimePart part;
};

constexpr std::array<Precision, 7> date_precisions{{{4, TimePart::year},
                                                    {6, TimePart::month},
                                                    {8, TimePart::day},
                                                    {10, TimePart::hour},
                                                    {12, TimePart::minute},
                                                    {14, TimePart::second},
                                                    {17, TimePart::fraction}}};
constexpr int clock_digits_before = 8;

int digits_of(const PartialTime& time, bool is_time) {
    for (const Precision& precision : date_precisions) {
        if (precision.part != time.precision) {
            continue;
        }
        int digits = precision.digits;
        if (precision.part == TimePart::fraction) {
            digits = 14 + time.fraction_digits;
        }
        return is_time ? digits - clock_digits_before : digits;
    }
    return 0;
}

std::optional<TimePart> part_at(int digits) {
    for (const Precision& precision : date_precisions) {
        if (precision.digits == digits) {
            return precision.part;
        }
    }
    return std::nullopt;
}

void fill_parts(PartialTime& time, Boundary boundary) {
    const bool high = boundary == Boundary::high;
    if (time.precision < TimePart::month) {
        time.month = high ? 12 : 1;
    }
    if (time.precision < TimePart::day) {
        time.day = high ? days_in_month(time.year, time.month) : std::uint8_t{1};
    }
    if (time.precision < TimePart::hour) {
        time.hour = high ? 23 : 0;
    }
    if (time.precision < TimePart::minute) {
        time.minute = high ? 59 : 0;
    }
    if (time.precision < TimePart::second) {
        time.second = high ? 59 : 0;
    }
    if (time.precision < TimePart::fraction) {
        time.nanoseconds = high ? 999'000'000 : 0;
    }
}

// Without an offset the earliest instant is that of UTC+14, the latest that of UTC-12.
PartialTime time_boundary(PartialTime time, Boundary boundary, TimePart part, bool is_time) {
    fill_parts(time, boundary);
    time.precision = part;
    if (part == TimePart::fraction) {
        time.fraction_digits = 3;
    }
    if (part != TimePart::fraction) {
        time.fraction_digits = 0;
    }
    if (part < TimePart::hour) {
        time.has_offset = false;
        time.offset_minutes = 0;
    } else if (!is_time && !time.has_offset) {
        time.has_offset = true;
        time.offset_minutes =
            static_cast<std::int16_t>(boundary == Boundary::low ? 14 * 60 : -12 * 60);
    }
    return time;
}

std::optional<Value> temporal_boundary(const Value& value, Boundary boundary,
                                       std::optional<std::int64_t> digits) {
    const bool is_time = value.type() == ValueType::time;
    const int most = value.type() == ValueType::date ? 8 : 17;
    const int wanted =
        digits ? static_cast<int>(*digits) + (is_time ? clock_digits_before : 0) : most;
    const auto part = part_at(wanted);
    if (!part || (is_time && *part < TimePart::hour)) {
        return std::nullopt;
    }
    const PartialTime time = time_boundary(value.time(), boundary, *part, is_time);
    if (is_time) {
        return Value::of_time(time);
    }
    return *part <= TimePart::day ? Value::of_date(time) : Value::of_date_time(time);
}

std::optional<Value> boundary_of(Evaluator& evaluator, const Value& value, Boundary boundary,
                                 std::optional<std::int64_t> digits) {
    if (digits && (*digits < 0 || *digits > decimal_digits_max)) {
        return std::nullopt;
    }
    if (value.is_temporal()) {
        return temporal_boundary(value, boundary, digits);
    }
    const int wanted = static_cast<int>(digits.value_or(decimal_digits_default));
    if (is_number(value)) {
        const auto number = decimal_boundary(as_decimal(value), boundary, wanted);
        return number ? std::optional(Value::of(*number)) : std::nullopt;
    }
    if (value.type() != ValueType::quantity) {
        return std::nullopt;
    }
    Quantity quantity = value.quantity();
    const auto number = decimal_boundary(quantity.value, boundary, wanted);
    if (!number) {
        return std::nullopt;
    }
    quantity.value = *number;
    return evaluator.quantity_value(quantity);
}

template <Boundary boundary>
void run_boundary(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    std::optional<std::int64_t> digits;
    if (!step.arguments.empty()) {
        digits = evaluator.integer_argument(step, 0, scope);
    }
    if (!value) {
        return;
    }
    const bool fits =
        value->is_temporal() || is_number(*value) || value->type() == ValueType::quantity;
    if (!fits) {
        evaluator.fail(step, step.text + "() is for numbers, quantities, dates and times, not a " +
                                 std::string(name_of(value->type())));
    }
    const auto result = boundary_of(evaluator, *value, boundary, digits);
    if (result) {
        evaluator.push(*result);
    }
}

void run_precision(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto value = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    if (!value) {
        return;
    }
    if (is_number(*value)) {
        evaluator.push(Value::of_integer(as_decimal(*value).scale()));
    } else if (value->is_temporal()) {
        evaluator.push(
            Value::of_integer(digits_of(value->time(), value->type() == ValueType::time)));
    } else {
        evaluator.fail(step, "precision() is for numbers, dates and times, not a " +
                                 std::string(name_of(value->type())));
    }
}

void run_comparable(Evaluator& evaluator, const PathStep& step, const PathScope& scope) {
    const std::size_t begin = evaluator.run_input(step, scope);
    const auto left = evaluator.single_system(step, begin);
    evaluator.drop_to(begin);
    const auto right = evaluator.argument(step, 0, scope);
    if (!left || !right) {
        return;
    }
    if (left->type() != ValueType::quantity || right->type() != ValueType::quantity) {
        evaluator.fail(step, "comparable() is for quantities");
    }
    evaluator.push(in_one_unit(left->quantity(), right->quantity(), UnitMatch::exact).has_value());
}

constexpr std::array table{
    PathFunction{"lowBoundary", 0, 1, run_boundary<Boundary::low>, ResultType::item},
    PathFunction{"highBoundary", 0, 1, run_boundary<Boundary::high>, ResultType::item},
    PathFunction{"precision", 0, 0, run_precision, ResultType::integer},
    PathFunction{"comparable", 1, 1, run_comparable, ResultType::boolean},
};

}  // namespace

std::span<const PathFunction> boundary_functions() {
    return table;
}

}  // namespace gateway
