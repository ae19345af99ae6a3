#include "gateway/engine/fhirpath/system/quantity.h"

#include <array>
#include <limits>

#include "gateway/base/text.h"
#include "gateway/engine/terminology/ucum.h"

namespace gateway {
namespace {

// A unit of time: its length in nanoseconds, or in months where that is not fixed.
struct TimeUnit {
    std::string_view word;  // of the calendar
    std::string_view ucum;
    std::int64_t nanoseconds;
    std::int64_t months;
};

constexpr std::int64_t second = 1'000'000'000;
constexpr std::array<TimeUnit, 8> time_units{{
    {"year", "a", 0, 12},
    {"month", "mo", 0, 1},
    {"week", "wk", 604'800 * second, 0},
    {"day", "d", 86'400 * second, 0},
    {"hour", "h", 3'600 * second, 0},
    {"minute", "min", 60 * second, 0},
    {"second", "s", second, 0},
    {"millisecond", "ms", 1'000'000, 0},
}};

const TimeUnit* find_time_unit(std::string_view unit, bool calendar) {
    for (const TimeUnit& candidate : time_units) {
        if ((calendar ? candidate.word : candidate.ucum) == unit) {
            return &candidate;
        }
    }
    return nullptr;
}

// UCUM's year and month are definite durations (365.25 d); the calendar's are not.
bool same_kind_of_time(const Quantity& left, const Quantity& right, const TimeUnit& left_unit,
                       const TimeUnit& right_unit, UnitMatch match) {
    if ((left_unit.months == 0) != (right_unit.months == 0)) {
        return false;
    }
    return left_unit.months == 0 || left.calendar == right.calendar || match == UnitMatch::loose;
}

std::optional<QuantityPair> times_in_one_unit(const Quantity& left, const Quantity& right,
                                              UnitMatch match) {
    const TimeUnit* left_unit = find_time_unit(left.unit, left.calendar);
    const TimeUnit* right_unit = find_time_unit(right.unit, right.calendar);
    if (left_unit == nullptr || right_unit == nullptr ||
        !same_kind_of_time(left, right, *left_unit, *right_unit, match)) {
        return std::nullopt;
    }
    const auto scale = [](const TimeUnit& unit) {
        return Decimal128::of_integer(unit.months == 0 ? unit.nanoseconds : unit.months);
    };
    const auto left_value = multiply(left.value, scale(*left_unit));
    const auto right_value = multiply(right.value, scale(*right_unit));
    if (!left_value || !right_value) {
        return std::nullopt;
    }
    return QuantityPair{*left_value, *right_value};
}

// What UCUM has to say of two units that are not the same.
struct UnitPair {
    UcumUnit left;
    UcumUnit right;
};

std::optional<UnitPair> comparable_units(const Quantity& left, const Quantity& right) {
    const auto left_code = ucum_code(left);
    const auto right_code = ucum_code(right);
    if (!left_code || !right_code) {
        return std::nullopt;
    }
    auto left_unit = UcumUnit::read(*left_code);
    auto right_unit = UcumUnit::read(*right_code);
    if (!left_unit || !right_unit || !left_unit->is_comparable_to(*right_unit)) {
        return std::nullopt;
    }
    return UnitPair{*std::move(left_unit), *std::move(right_unit)};
}

std::optional<Decimal128> converted(const Decimal128& value, const UcumUnit& from,
                                    const UcumUnit& to) {
    const auto text = convert(value.text(), from, to);
    return text ? Decimal128::parse(*text) : std::nullopt;
}

// In the larger unit, so that a number rounded to grams is not held for exact milligrams
// (N1 #equivalent compares at the lower precision).
std::optional<QuantityPair> measures_in_one_unit(const Quantity& left, const Quantity& right) {
    const auto units = comparable_units(left, right);
    if (!units) {
        return std::nullopt;
    }
    QuantityPair pair{left.value, right.value};
    const bool to_left = units->left.is_larger_than(units->right);
    const auto value = to_left ? converted(right.value, units->right, units->left)
                               : converted(left.value, units->left, units->right);
    if (!value) {
        return std::nullopt;
    }
    (to_left ? pair.right : pair.left) = *value;
    return pair;
}

std::optional<Quantity> sum_of_measures(const Quantity& left, const Quantity& right) {
    const auto units = comparable_units(left, right);
    if (!units) {
        return std::nullopt;
    }
    const bool to_right = units->left.is_larger_than(units->right);
    const auto value = to_right ? converted(left.value, units->left, units->right)
                                : converted(right.value, units->right, units->left);
    const auto sum = value ? add(*value, to_right ? right.value : left.value) : std::nullopt;
    if (!sum) {
        return std::nullopt;
    }
    const Quantity& named = to_right ? right : left;
    return Quantity{*sum, named.unit, named.calendar};
}

std::string_view child_text(const Value& node, std::string_view name) {
    return node.document().child_value(node.node(), name);
}

std::optional<std::int64_t> whole(const Decimal128& value) {
    return value.truncated(0).to_integer();
}

// Amounts below the unit's own precision are cut (N1 #datetime-arithmetic); seconds keep theirs.
MovedTime move_on_clock(const PartialTime& time, const TimeUnit& unit, const Decimal128& amount) {
    const bool keeps_fraction = unit.nanoseconds <= second;
    const Decimal128 count = keeps_fraction ? amount : amount.truncated(0);
    const auto product = multiply(count, Decimal128::of_integer(unit.nanoseconds));
    const auto nanoseconds = product ? whole(*product) : std::nullopt;
    if (!nanoseconds) {
        return {};
    }
    return {plus_on_clock(time, *nanoseconds), true};
}

MovedTime move_on_calendar(const PartialTime& time, const TimeUnit& unit,
                           const Decimal128& amount) {
    const auto count = whole(amount);
    if (!count) {
        return {};
    }
    if (unit.word == "year") {
        return {plus_years(time, *count), true};
    }
    if (unit.word == "month") {
        return {plus_months(time, *count), true};
    }
    if (unit.word == "week") {
        constexpr std::int64_t weeks_max = 1'000'000;
        if (*count > weeks_max || *count < -weeks_max) {
            return {};
        }
        return {plus_days(time, *count * 7), true};
    }
    if (unit.word == "day") {
        return {plus_days(time, *count), true};
    }
    const Decimal128 kept = unit.nanoseconds <= second ? amount : amount.truncated(0);
    const auto product = multiply(kept, Decimal128::of_integer(unit.nanoseconds));
    const auto nanoseconds = product ? whole(*product) : std::nullopt;
    if (!nanoseconds) {
        return {};
    }
    return {plus_nanoseconds(time, *nanoseconds), true};
}

}  // namespace

std::optional<std::string_view> calendar_unit(std::string_view word) {
    for (const TimeUnit& unit : time_units) {
        const std::string_view name = unit.word;
        if (word == name) {
            return name;
        }
        if (word.size() == name.size() + 1 && word.back() == 's' && word.starts_with(name)) {
            return name;
        }
    }
    return std::nullopt;
}

std::optional<Quantity> quantity_of(const Schema* schema, const Value& node) {
    if (schema == nullptr || node.node_type() == no_type) {
        return std::nullopt;
    }
    const TypeId quantity_type = schema->find_type("Quantity");
    if (quantity_type == no_type || !schema->is_a(node.node_type(), quantity_type)) {
        return std::nullopt;
    }
    const auto value = Decimal128::parse(child_text(node, "value"));
    // A comparator makes it a range, not a value (R4 datatypes.html#quantity).
    if (!value || !child_text(node, "comparator").empty()) {
        return std::nullopt;
    }
    Quantity quantity;
    quantity.value = *value;
    const std::string_view code = child_text(node, "code");
    const std::string_view unit = child_text(node, "unit");
    if (!code.empty() || !unit.empty()) {
        quantity.unit = code.empty() ? unit : code;
    }
    return quantity;
}

std::optional<Quantity> parse_quantity(std::string_view text) {
    text = trimmed(text);
    const std::size_t number_end = text.find_first_not_of("0123456789.+-");
    const std::string_view number = text.substr(0, number_end);
    const auto value = Decimal128::parse(number);
    if (!value) {
        return std::nullopt;
    }
    Quantity quantity;
    quantity.value = *value;
    if (number_end == std::string_view::npos) {
        return quantity;
    }
    const std::string_view unit = trimmed(text.substr(number_end));
    if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') {
        quantity.unit = unit.substr(1, unit.size() - 2);
        return quantity;
    }
    const auto word = calendar_unit(unit);
    if (!word || unit.data() == text.data() + number_end) {
        return std::nullopt;
    }
    quantity.unit = *word;
    quantity.calendar = true;
    return quantity;
}

std::optional<QuantityPair> in_one_unit(const Quantity& left, const Quantity& right,
                                        UnitMatch match) {
    if (left.unit == right.unit && left.calendar == right.calendar) {
        return QuantityPair{left.value, right.value};
    }
    if (!left.calendar && !right.calendar) {
        return measures_in_one_unit(left, right);
    }
    if (auto pair = times_in_one_unit(left, right, match)) {
        return pair;
    }
    return measures_in_one_unit(left, right);
}

std::optional<Quantity> add(const Quantity& left, const Quantity& right) {
    const bool same = left.unit == right.unit && left.calendar == right.calendar;
    if (same) {
        const auto sum = add(left.value, right.value);
        if (!sum) {
            return std::nullopt;
        }
        return Quantity{*sum, left.unit, left.calendar};
    }
    if (!left.calendar && !right.calendar) {
        return sum_of_measures(left, right);
    }
    const auto pair = times_in_one_unit(left, right, UnitMatch::exact);
    if (!pair) {
        return std::nullopt;
    }
    const TimeUnit& left_unit = *find_time_unit(left.unit, left.calendar);
    const TimeUnit& right_unit = *find_time_unit(right.unit, right.calendar);
    const auto length = [](const TimeUnit& unit) { return unit.nanoseconds + unit.months; };
    const bool left_finer = length(left_unit) < length(right_unit);
    const TimeUnit& finer = left_finer ? left_unit : right_unit;
    const auto sum = add(pair->left, pair->right);
    if (!sum) {
        return std::nullopt;
    }
    const auto value = divide(*sum, Decimal128::of_integer(length(finer)));
    if (!value) {
        return std::nullopt;
    }
    const Quantity& named = left_finer ? left : right;
    return Quantity{*value, named.unit, named.calendar};
}

std::optional<Quantity> in_unit(const Quantity& quantity, std::string_view unit, bool calendar) {
    const Quantity wanted{Decimal128(1, 0), unit, calendar};
    if (quantity.unit == unit && quantity.calendar == calendar) {
        return quantity;
    }
    if (const auto units = comparable_units(quantity, wanted)) {
        const auto value = converted(quantity.value, units->left, units->right);
        return value ? std::optional(Quantity{*value, unit, calendar}) : std::nullopt;
    }
    const auto pair = times_in_one_unit(quantity, wanted, UnitMatch::exact);
    const auto value = pair ? divide(pair->left, pair->right) : std::nullopt;
    return value ? std::optional(Quantity{*value, unit, calendar}) : std::nullopt;
}

std::optional<std::string_view> ucum_code(const Quantity& quantity) {
    if (!quantity.calendar) {
        return quantity.unit;
    }
    const TimeUnit* unit = find_time_unit(quantity.unit, true);
    return unit == nullptr || unit->months != 0 ? std::nullopt : std::optional(unit->ucum);
}

MovedTime plus_quantity(const PartialTime& time, ValueType type, const Quantity& quantity) {
    const TimeUnit* unit = find_time_unit(quantity.unit, quantity.calendar);
    // UCUM's `a` and `mo` are no calendar years and months, and cannot be added to a date. The
    // calendar words are accepted in quotes as well.
    if (unit != nullptr && !quantity.calendar && unit->months != 0) {
        unit = nullptr;
    }
    if (unit == nullptr && !quantity.calendar) {
        if (const auto word = calendar_unit(quantity.unit)) {
            unit = find_time_unit(*word, true);
        }
    }
    if (unit == nullptr) {
        return {std::nullopt, false};
    }
    if (type == ValueType::time) {
        if (unit->nanoseconds == 0 || unit->nanoseconds >= 86'400 * second) {
            return {std::nullopt, false};
        }
        return move_on_clock(time, *unit, quantity.value);
    }
    return move_on_calendar(time, *unit, quantity.value);
}

}  // namespace gateway
