// FHIRPath's Date, DateTime and Time as one small value that keeps the precision it was written in.
// Parsing accepts the literal form without `@` (and `T` for a Time): `2015`, `2015-02-04T14:34Z`,
// `T14:34`. Values; safe from any thread. https://hl7.org/fhirpath/N1/#date (and #datetime, #time)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"

namespace gateway {

enum class TimePart : std::uint8_t { year, month, day, hour, minute, second, fraction };

struct PartialTime {
    std::int16_t year = 0;
    std::uint8_t month = 1;
    std::uint8_t day = 1;
    std::uint8_t hour = 0;
    std::uint8_t minute = 0;
    std::uint8_t second = 0;
    std::uint8_t fraction_digits = 0;
    std::uint32_t nanoseconds = 0;
    std::int16_t offset_minutes = 0;
    TimePart precision = TimePart::year;
    bool has_offset = false;

    bool operator==(const PartialTime&) const = default;
};

static_assert(sizeof(PartialTime) == 16);

std::optional<PartialTime> parse_date(std::string_view text);
std::optional<PartialTime> parse_date_time(std::string_view text);  // a date alone passes too
std::optional<PartialTime> parse_time(std::string_view text);       // with or without `T`

std::string date_text(const PartialTime& date);
std::string date_time_text(const PartialTime& date_time);
std::string time_text(const PartialTime& time);

// The instant seen from that offset, to the millisecond.
PartialTime to_partial_time(Instant instant, std::int16_t offset_minutes);

enum class PartialOrder { less, equal, greater, unknown };

// Part by part from the coarsest; where only one side goes on, the order is unknown. Seconds and
// their fraction are one part. A DateTime with an offset against one without is unknown, unless
// they are more than the widest offsets apart.
PartialOrder compare_dates(const PartialTime& left, const PartialTime& right);
PartialOrder compare_times(const PartialTime& left, const PartialTime& right);

// Calendar arithmetic: an amount of a part finer than the precision is cut to it first (N1
// #datetime-arithmetic). Nothing where the year leaves 1..9999.
std::optional<PartialTime> plus_years(const PartialTime& date, std::int64_t years);
std::optional<PartialTime> plus_months(const PartialTime& date, std::int64_t months);
std::optional<PartialTime> plus_days(const PartialTime& date, std::int64_t days);
std::optional<PartialTime> plus_nanoseconds(const PartialTime& date_time, std::int64_t amount);

// The same on a Time, which turns over at midnight.
PartialTime plus_on_clock(const PartialTime& time, std::int64_t nanoseconds);

std::uint8_t days_in_month(int year, int month);

}  // namespace gateway
