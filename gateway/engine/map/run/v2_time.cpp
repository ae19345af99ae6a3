#include "gateway/engine/map/run/v2_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "gateway/format/fhir/primitive.h"

namespace gateway {

namespace {

using Precision = Hl7v2Time::Precision;

constexpr std::size_t fraction_digits_max = 4;
constexpr int offset_minutes_max = 14 * 60;

// Reads fixed runs of digits from the front.
class DigitReader {
public:
    explicit DigitReader(std::string_view text) : rest_(text) {}

    bool sees_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

    bool sees(char c) const { return !rest_.empty() && rest_[0] == c; }

    bool at_end() const { return rest_.empty(); }

    char take() {
        const char c = rest_[0];
        rest_.remove_prefix(1);
        return c;
    }

    // Exactly `count` digits.
    bool number(std::size_t count, unsigned& out) {
        out = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!sees_digit()) {
                return false;
            }
            out = out * 10 + static_cast<unsigned>(take() - '0');
        }
        return true;
    }

private:
    std::string_view rest_;
};

// HH[MM[SS[.S…]]]
bool read_clock(DigitReader& reader, Hl7v2Time& time) {
    if (!reader.number(2, time.hour)) {
        return false;
    }
    time.precision = Precision::hour;
    if (reader.sees_digit()) {
        if (!reader.number(2, time.minute)) {
            return false;
        }
        time.precision = Precision::minute;
    }
    if (time.precision == Precision::minute && reader.sees_digit()) {
        if (!reader.number(2, time.second)) {
            return false;
        }
        time.precision = Precision::second;
    }
    if (time.precision == Precision::second && reader.sees('.')) {
        reader.take();
        while (reader.sees_digit()) {
            time.fraction += reader.take();
        }
        if (time.fraction.empty() || time.fraction.size() > fraction_digits_max) {
            return false;
        }
    }
    return time.hour < 24 && time.minute < 60 && time.second < 60;
}

bool read_offset(DigitReader& reader, Hl7v2Time& time) {
    if (!reader.sees('+') && !reader.sees('-')) {
        return reader.at_end();
    }
    const int sign = reader.take() == '-' ? -1 : 1;
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!reader.number(2, hours) || !reader.number(2, minutes) || minutes >= 60 ||
        !reader.at_end()) {
        return false;
    }
    const int total = sign * static_cast<int>(hours * 60 + minutes);
    if (std::abs(total) > offset_minutes_max) {
        return false;
    }
    time.offset = std::chrono::minutes{total};
    return true;
}

bool read_date(DigitReader& reader, Hl7v2Time& time) {
    unsigned year = 0;
    if (!reader.number(4, year) || year == 0) {
        return false;
    }
    time.year = static_cast<int>(year);
    if (reader.sees_digit()) {
        if (!reader.number(2, time.month)) {
            return false;
        }
        time.precision = Precision::month;
    }
    if (time.precision == Precision::month && reader.sees_digit()) {
        if (!reader.number(2, time.day)) {
            return false;
        }
        time.precision = Precision::day;
    }
    const std::chrono::year_month_day date{
        std::chrono::year{time.year}, std::chrono::month{time.month}, std::chrono::day{time.day}};
    return date.ok();
}

std::string offset_text(std::chrono::minutes offset, std::string_view separator) {
    const auto total = std::abs(offset.count());
    return fmt::format("{}{:02}{}{:02}", offset.count() < 0 ? '-' : '+', total / 60, separator,
                       total % 60);
}

// The fraction is kept; FHIR wants seconds.
std::string clock_text(const Hl7v2Time& time) {
    return fmt::format("{:02}:{:02}:{:02}{}{}", time.hour, time.minute, time.second,
                       time.fraction.empty() ? "" : ".", time.fraction);
}

}  // namespace

std::chrono::local_seconds Hl7v2Time::local() const {
    const std::chrono::local_days date{std::chrono::year{year} / std::chrono::month{month} /
                                       std::chrono::day{day}};
    return date + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

std::optional<Hl7v2Time> parse_hl7v2_time(std::string_view text) {
    Hl7v2Time time;
    DigitReader reader{text};
    if (!read_date(reader, time)) {
        return std::nullopt;
    }
    if (time.precision == Precision::day && reader.sees_digit() && !read_clock(reader, time)) {
        return std::nullopt;
    }
    return read_offset(reader, time) ? std::optional{time} : std::nullopt;
}

std::optional<Hl7v2Time> parse_hl7v2_clock(std::string_view text) {
    Hl7v2Time time;
    DigitReader reader{text};
    return read_clock(reader, time) && read_offset(reader, time) ? std::optional{time}
                                                                 : std::nullopt;
}

std::string fhir_date(const Hl7v2Time& time) {
    switch (time.precision) {
        case Precision::year:
            return fmt::format("{:04}", time.year);
        case Precision::month:
            return fmt::format("{:04}-{:02}", time.year, time.month);
        case Precision::day:
        case Precision::hour:
        case Precision::minute:
        case Precision::second:
            break;
    }
    return fmt::format("{:04}-{:02}-{:02}", time.year, time.month, time.day);
}

// R4 datatypes.html#dateTime: a time has minutes, seconds (filled with 00) and an offset. An hour
// alone would have to be given minutes that nobody sent.
std::string fhir_date_time(const Hl7v2Time& time) {
    if (time.precision < Precision::minute || !time.offset) {
        return fhir_date(time);
    }
    return fmt::format("{}T{}{}", fhir_date(time), clock_text(time),
                       offset_text(*time.offset, ":"));
}

std::optional<std::string> fhir_instant(const Hl7v2Time& time) {
    if (time.precision != Precision::second || !time.offset) {
        return std::nullopt;
    }
    return fhir_date_time(time);
}

std::string fhir_time(const Hl7v2Time& time) {
    return clock_text(time);
}

std::optional<std::string> hl7v2_timestamp(std::string_view fhir) {
    if (fault_of(Primitive::date_time, fhir)) {
        return std::nullopt;
    }
    const std::size_t time = fhir.find('T');
    std::string out;
    for (std::size_t i = 0; i < fhir.size(); ++i) {
        const char c = fhir[i];
        const bool sign = (c == '+' || c == '-') && i > time && time != std::string_view::npos;
        if ((c >= '0' && c <= '9') || c == '.' || sign) {
            out += c;
        } else if (c == 'Z') {
            out += "+0000";
        }
    }
    // DTM holds four digits of a fraction.
    if (const std::size_t point = out.find('.'); point != std::string::npos) {
        std::size_t end = point + 1;
        while (end < out.size() && out[end] >= '0' && out[end] <= '9') {
            ++end;
        }
        if (end - point - 1 > fraction_digits_max) {
            out.erase(point + 1 + fraction_digits_max, end - point - 1 - fraction_digits_max);
        }
    }
    return out;
}

}  // namespace gateway
