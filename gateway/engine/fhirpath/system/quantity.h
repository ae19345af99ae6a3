// Quantities and their units: UCUM's, and the words of the calendar, of which those of a fixed
// length count as UCUM's definite durations. https://hl7.org/fhirpath/N1/#quantity and
// #time-valued-quantities
#pragma once

#include <optional>
#include <string_view>

#include "gateway/engine/fhirpath/system/partial_time.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {

// A FHIR Quantity node as a System one: its value, and its UCUM code or, failing that, its unit.
std::optional<Quantity> quantity_of(const Schema* schema, const Value& node);

// "4 days", "10 'mg'", "1.5"; the unit views `text` (or the word of the calendar).
std::optional<Quantity> parse_quantity(std::string_view text);

// The calendar word in the singular; nothing if the word is none.
std::optional<std::string_view> calendar_unit(std::string_view word);

struct QuantityPair {
    Decimal128 left;
    Decimal128 right;
};

// The two values in one unit, for comparison; nothing if their units cannot be compared.
// `loosely`: a calendar year or month counts as UCUM's `a` or `mo` (N1 #equivalent).
enum class UnitMatch { exact, loose };
std::optional<QuantityPair> in_one_unit(const Quantity& left, const Quantity& right,
                                        UnitMatch match);

// In the finer of the two units (N1 #addition).
std::optional<Quantity> add(const Quantity& left, const Quantity& right);

// The quantity in another unit: a UCUM code, or a word of the calendar; nothing if it is not
// comparable.
std::optional<Quantity> in_unit(const Quantity& quantity, std::string_view unit, bool calendar);

// The UCUM code of the unit; nothing for a calendar's year or month, whose lengths vary.
std::optional<std::string_view> ucum_code(const Quantity& quantity);

// A date or time moved by a quantity of time.
struct MovedTime {
    std::optional<PartialTime> time;  // nothing: out of range
    bool is_unit_of_time = true;      // false: the unit cannot be added to a date or time
};

MovedTime plus_quantity(const PartialTime& time, ValueType type, const Quantity& quantity);

}  // namespace gateway
