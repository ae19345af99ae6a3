// Times of HL7 v2 (DTM, TS, DT, TM: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]) to and from
// FHIR, with the precision as sent (FHIR has no dateTime of an hour alone, and wants an offset with
// a time). Pure. https://www.hl7.eu/HL7v2x/v282/std282/ch02a.html#Heading39 (2.A.22 DTM)
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

struct Hl7v2Time {
    int year = 0;
    unsigned month = 1;
    unsigned day = 1;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::string fraction;  // digits as sent
    enum class Precision : std::uint8_t { year, month, day, hour, minute, second };
    Precision precision = Precision::year;
    std::optional<std::chrono::minutes> offset;

    std::chrono::local_seconds local() const;
};

// Nothing if it is no DTM or names no day or time that exists.
std::optional<Hl7v2Time> parse_hl7v2_time(std::string_view text);

// TM: HH[MM[SS[.S…]]][+/-ZZZZ]; the date is not set.
std::optional<Hl7v2Time> parse_hl7v2_clock(std::string_view text);

using ZoneOffset = std::function<std::optional<std::chrono::minutes>(std::chrono::local_seconds)>;

std::string fhir_date(const Hl7v2Time& time);

// Without an offset, or without minutes, only the date.
std::string fhir_date_time(const Hl7v2Time& time);

// Nothing without seconds or without an offset.
std::optional<std::string> fhir_instant(const Hl7v2Time& time);

// Seconds are filled up.
std::string fhir_time(const Hl7v2Time& time);

// `2026-01-31T13:28:17.239+11:00` -> `20260131132817.239+1100`; nothing if it is no FHIR date,
// dateTime or instant.
std::optional<std::string> hl7v2_timestamp(std::string_view fhir);

}  // namespace gateway
