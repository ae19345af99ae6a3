#include "gateway/engine/fhirpath/system/partial_time.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace gateway {
namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t nanoseconds_per_day = seconds_per_day * nanoseconds_per_second;
constexpr int year_max = 9999;

// Reads fixed-width digits and separators from the front of a text.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }

    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

    bool take(char expected) {
        if (peek() != expected) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<int> digits(std::size_t count, int max) {
        if (rest_.size() < count) {
            return std::nullopt;
        }
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') {
                return std::nullopt;
            }
            value = value * 10 + (c - '0');
        }
        if (value > max) {
            return std::nullopt;
        }
        rest_.remove_prefix(count);
        return value;
    }

    // All digits that follow, at least one; beyond nine they are cut off.
    bool fraction(PartialTime& time) {
        std::uint32_t nanoseconds = 0;
        std::size_t count = 0;
        while (peek() >= '0' && peek() <= '9') {
            if (count < 9) {
                nanoseconds = nanoseconds * 10 + static_cast<std::uint32_t>(peek() - '0');
                ++count;
            }
            rest_.remove_prefix(1);
        }
        if (count == 0) {
            return false;
        }
        time.fraction_digits = static_cast<std::uint8_t>(count);
        for (; count < 9; ++count) {
            nanoseconds *= 10;
        }
        time.nanoseconds = nanoseconds;
        return true;
    }

private:
    std::string_view rest_;
};

// YYYY(-MM(-DD)?)?
bool read_date(TimeReader& reader, PartialTime& date) {
    const auto year = reader.digits(4, year_max);
    if (!year || *year == 0) {
        return false;
    }
    date.year = static_cast<std::int16_t>(*year);
    date.precision = TimePart::year;
    if (!reader.take('-')) {
        return true;
    }
    const auto month = reader.digits(2, 12);
    if (!month || *month == 0) {
        return false;
    }
    date.month = static_cast<std::uint8_t>(*month);
    date.precision = TimePart::month;
    if (!reader.take('-')) {
        return true;
    }
    const auto day = reader.digits(2, days_in_month(*year, *month));
    if (!day || *day == 0) {
        return false;
    }
    date.day = static_cast<std::uint8_t>(*day);
    date.precision = TimePart::day;
    return true;
}

// HH(:mm(:ss(.f+)?)?)?
bool read_clock(TimeReader& reader, PartialTime& time) {
    const auto hour = reader.digits(2, 23);
    if (!hour) {
        return false;
    }
    time.hour = static_cast<std::uint8_t>(*hour);
    time.precision = TimePart::hour;
    if (!reader.take(':')) {
        return true;
    }
    const auto minute = reader.digits(2, 59);
    if (!minute) {
        return false;
    }
    time.minute = static_cast<std::uint8_t>(*minute);
    time.precision = TimePart::minute;
    if (!reader.take(':')) {
        return true;
    }
    const auto second = reader.digits(2, 60);  // R4 datatypes.html#dateTime allows leap seconds
    if (!second) {
        return false;
    }
    time.second = static_cast<std::uint8_t>(std::min(*second, 59));
    time.precision = TimePart::second;
    if (!reader.take('.')) {
        return true;
    }
    time.precision = TimePart::fraction;
    return reader.fraction(time);
}

// Z | (+|-)HH:mm
bool read_offset(TimeReader& reader, PartialTime& time) {
    if (reader.take('Z')) {
        time.has_offset = true;
        return true;
    }
    const bool negative = reader.peek() == '-';
    if (!reader.take('+') && !reader.take('-')) {
        return true;
    }
    const auto hours = reader.digits(2, 14);
    if (!hours || !reader.take(':')) {
        return false;
    }
    const auto minutes = reader.digits(2, 59);
    if (!minutes) {
        return false;
    }
    const int total = *hours * 60 + *minutes;
    time.offset_minutes = static_cast<std::int16_t>(negative ? -total : total);
    time.has_offset = true;
    return true;
}

// Days since 1970-01-01 of the proleptic Gregorian calendar, and back.
std::int64_t day_number(const PartialTime& date) {
    const std::chrono::year_month_day calendar{
        std::chrono::year{date.year}, std::chrono::month{date.month}, std::chrono::day{date.day}};
    return std::chrono::sys_days{calendar}.time_since_epoch().count();
}

bool set_day_number(PartialTime& date, std::int64_t number) {
    // 0001-01-01 and 9999-12-31
    if (number < -719162 || number > 2932896) {
        return false;
    }
    const std::chrono::year_month_day calendar{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(number)}}};
    date.year = static_cast<std::int16_t>(static_cast<int>(calendar.year()));
    date.month = static_cast<std::uint8_t>(static_cast<unsigned>(calendar.month()));
    date.day = static_cast<std::uint8_t>(static_cast<unsigned>(calendar.day()));
    return true;
}

std::int64_t clock_nanoseconds(const PartialTime& time) {
    const std::int64_t seconds =
        std::int64_t{time.hour} * 3600 + std::int64_t{time.minute} * 60 + time.second;
    return seconds * nanoseconds_per_second + time.nanoseconds;
}

void set_clock(PartialTime& time, std::int64_t nanoseconds) {
    time.nanoseconds = static_cast<std::uint32_t>(nanoseconds % nanoseconds_per_second);
    const std::int64_t seconds = nanoseconds / nanoseconds_per_second;
    time.hour = static_cast<std::uint8_t>(seconds / 3600);
    time.minute = static_cast<std::uint8_t>(seconds / 60 % 60);
    time.second = static_cast<std::uint8_t>(seconds % 60);
}

std::optional<PartialTime> shifted(PartialTime time, std::int64_t days, std::int64_t nanoseconds) {
    std::int64_t clock = clock_nanoseconds(time) + nanoseconds % nanoseconds_per_day;
    days += nanoseconds / nanoseconds_per_day;
    if (clock < 0) {
        clock += nanoseconds_per_day;
        --days;
    }
    days += clock / nanoseconds_per_day;
    if (!set_day_number(time, day_number(time) + days)) {
        return std::nullopt;
    }
    set_clock(time, clock % nanoseconds_per_day);
    return time;
}

PartialTime in_utc(const PartialTime& time) {
    if (!time.has_offset || time.offset_minutes == 0 || time.precision < TimePart::hour) {
        return time;
    }
    const auto moved =
        shifted(time, 0, std::int64_t{-time.offset_minutes} * 60 * nanoseconds_per_second);
    return moved.value_or(time);
}

// The fraction belongs to the second (N1 #comparison): both are the finest part.
TimePart comparable_precision(const PartialTime& time) {
    return std::min(time.precision, TimePart::second);
}

std::int64_t part_of(const PartialTime& time, TimePart part) {
    switch (part) {
        case TimePart::year:
            return time.year;
        case TimePart::month:
            return time.month;
        case TimePart::day:
            return time.day;
        case TimePart::hour:
            return time.hour;
        case TimePart::minute:
            return time.minute;
        case TimePart::second:
        case TimePart::fraction:
            return std::int64_t{time.second} * nanoseconds_per_second + time.nanoseconds;
    }
    return 0;
}

PartialOrder compare_parts(const PartialTime& left, const PartialTime& right, TimePart first) {
    const TimePart left_end = comparable_precision(left);
    const TimePart right_end = comparable_precision(right);
    const auto common = static_cast<int>(std::min(left_end, right_end));
    for (int index = static_cast<int>(first); index <= common; ++index) {
        const auto part = static_cast<TimePart>(index);
        const std::int64_t left_part = part_of(left, part);
        const std::int64_t right_part = part_of(right, part);
        if (left_part != right_part) {
            return left_part < right_part ? PartialOrder::less : PartialOrder::greater;
        }
    }
    return left_end == right_end ? PartialOrder::equal : PartialOrder::unknown;
}

// One side says its offset and the other does not: certain only where more than a day lies between.
PartialOrder compare_across_offsets(const PartialTime& left, const PartialTime& right) {
    const PartialOrder order = compare_parts(left, right, TimePart::year);
    if (order != PartialOrder::less && order != PartialOrder::greater) {
        return PartialOrder::unknown;
    }
    const std::int64_t days = day_number(left) - day_number(right);
    return days > 1 || days < -1 ? order : PartialOrder::unknown;
}

std::string two_digits(int value) {
    return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

std::string clock_text(const PartialTime& time) {
    std::string text = two_digits(time.hour);
    if (time.precision >= TimePart::minute) {
        text += ":" + two_digits(time.minute);
    }
    if (time.precision >= TimePart::second) {
        text += ":" + two_digits(time.second);
    }
    if (time.precision == TimePart::fraction) {
        std::string digits = std::to_string(time.nanoseconds);
        digits.insert(0, 9 - digits.size(), '0');
        text += "." + digits.substr(0, time.fraction_digits);
    }
    return text;
}

std::string offset_text(const PartialTime& time) {
    if (!time.has_offset) {
        return {};
    }
    if (time.offset_minutes == 0) {
        return "Z";
    }
    const int minutes = time.offset_minutes < 0 ? -time.offset_minutes : time.offset_minutes;
    return (time.offset_minutes < 0 ? "-" : "+") + two_digits(minutes / 60) + ":" +
           two_digits(minutes % 60);
}

std::optional<PartialTime> with_month_count(PartialTime date, std::int64_t months) {
    if (months < 12 || months >= std::int64_t{12} * (year_max + 1)) {
        return std::nullopt;
    }
    date.year = static_cast<std::int16_t>(months / 12);
    date.month = static_cast<std::uint8_t>(months % 12 + 1);
    date.day = std::min(date.day, days_in_month(date.year, date.month));
    return date;
}

}  // namespace

std::uint8_t days_in_month(int year, int month) {
    static constexpr std::array<std::uint8_t, 12> days{31, 28, 31, 30, 31, 30,
                                                       31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2 && leap) {
        return 29;
    }
    return days[static_cast<std::size_t>(month - 1)];
}

std::optional<PartialTime> parse_date(std::string_view text) {
    TimeReader reader(text);
    PartialTime date;
    if (!read_date(reader, date) || !reader.done()) {
        return std::nullopt;
    }
    return date;
}

std::optional<PartialTime> parse_date_time(std::string_view text) {
    TimeReader reader(text);
    PartialTime time;
    if (!read_date(reader, time)) {
        return std::nullopt;
    }
    if (reader.take('T') && !reader.done()) {
        if (time.precision != TimePart::day) {
            return std::nullopt;
        }
        if (!read_clock(reader, time) || !read_offset(reader, time)) {
            return std::nullopt;
        }
    }
    if (!reader.done()) {
        return std::nullopt;
    }
    return time;
}

std::optional<PartialTime> parse_time(std::string_view text) {
    TimeReader reader(text);
    PartialTime time;
    reader.take('T');
    if (!read_clock(reader, time) || !reader.done()) {
        return std::nullopt;
    }
    return time;
}

std::string date_text(const PartialTime& date) {
    std::array<char, 16> year{};
    const int size = std::snprintf(year.data(), year.size(), "%04d", static_cast<int>(date.year));
    std::string text(year.data(), static_cast<std::size_t>(size));
    if (date.precision >= TimePart::month) {
        text += "-" + two_digits(date.month);
    }
    if (date.precision >= TimePart::day) {
        text += "-" + two_digits(date.day);
    }
    return text;
}

std::string date_time_text(const PartialTime& date_time) {
    std::string text = date_text(date_time);
    if (date_time.precision < TimePart::hour) {
        return text;
    }
    return text + "T" + clock_text(date_time) + offset_text(date_time);
}

std::string time_text(const PartialTime& time) {
    return clock_text(time);
}

PartialTime to_partial_time(Instant instant, std::int16_t offset_minutes) {
    const auto local = instant + std::chrono::minutes{offset_minutes};
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(local - day).count();
    PartialTime time;
    set_day_number(time, day.time_since_epoch().count());
    set_clock(time, milliseconds * 1'000'000);
    time.fraction_digits = 3;
    time.offset_minutes = offset_minutes;
    time.has_offset = true;
    time.precision = TimePart::fraction;
    return time;
}

PartialOrder compare_dates(const PartialTime& left, const PartialTime& right) {
    const bool both_clocked = left.precision >= TimePart::hour && right.precision >= TimePart::hour;
    if (both_clocked && left.has_offset != right.has_offset) {
        return compare_across_offsets(in_utc(left), in_utc(right));
    }
    if (both_clocked && left.has_offset) {
        return compare_parts(in_utc(left), in_utc(right), TimePart::year);
    }
    return compare_parts(left, right, TimePart::year);
}

PartialOrder compare_times(const PartialTime& left, const PartialTime& right) {
    return compare_parts(left, right, TimePart::hour);
}

std::optional<PartialTime> plus_years(const PartialTime& date, std::int64_t years) {
    if (years > year_max || years < -year_max) {
        return std::nullopt;
    }
    return plus_months(date, years * 12);
}

std::optional<PartialTime> plus_months(const PartialTime& date, std::int64_t months) {
    constexpr std::int64_t months_max = std::int64_t{12} * year_max;
    if (months > months_max || months < -months_max) {
        return std::nullopt;
    }
    if (date.precision == TimePart::year) {
        months = months / 12 * 12;
    }
    return with_month_count(date, std::int64_t{date.year} * 12 + date.month - 1 + months);
}

std::optional<PartialTime> plus_days(const PartialTime& date, std::int64_t days) {
    // N1 #datetime-arithmetic: a coarser date takes whole months of 30 days, years of 365.
    if (date.precision == TimePart::year) {
        return plus_years(date, days / 365);
    }
    if (date.precision == TimePart::month) {
        return plus_months(date, days / 30);
    }
    constexpr std::int64_t days_max = 4'000'000;
    if (days > days_max || days < -days_max) {
        return std::nullopt;
    }
    return shifted(date, days, 0);
}

std::optional<PartialTime> plus_nanoseconds(const PartialTime& date_time, std::int64_t amount) {
    if (date_time.precision <= TimePart::day) {
        return plus_days(date_time, amount / nanoseconds_per_day);
    }
    return shifted(date_time, 0, amount);
}

PartialTime plus_on_clock(const PartialTime& time, std::int64_t nanoseconds) {
    std::int64_t clock = (clock_nanoseconds(time) + nanoseconds % nanoseconds_per_day);
    clock = (clock % nanoseconds_per_day + nanoseconds_per_day) % nanoseconds_per_day;
    PartialTime result = time;
    set_clock(result, clock);
    return result;
}

}  // namespace gateway
