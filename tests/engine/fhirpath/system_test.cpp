// The values beneath: decimals, partial dates and collections.
#include <gtest/gtest.h>

#include "gateway/engine/fhirpath/system/decimal128.h"
#include "gateway/engine/fhirpath/system/partial_time.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {
namespace {

std::string read_again(std::string_view text) {
    const auto decimal = Decimal128::parse(text);
    return decimal ? decimal->text() : "none";
}

TEST(Decimal128, KeepsTheDigitsThatWereWritten) {
    EXPECT_EQ(read_again("1.10"), "1.10");
    EXPECT_EQ(read_again("-0.05"), "-0.05");
    EXPECT_EQ(read_again("1e2"), "100");
    EXPECT_EQ(read_again("1.5E-3"), "0.0015");
    EXPECT_EQ(read_again("99999999999999999999999999999999999999"),
              "99999999999999999999999999999999999999");
}

TEST(Decimal128, RefusesWhatIsNoNumberOrTooLong) {
    for (const char* text : {"", "-", ".5", "5.", "1.2.3", "1e", "e5", "1 ", "0x1", "1e99",
                             "9999999999999999999999999999999999999999"}) {
        EXPECT_EQ(read_again(text), "none") << text;
    }
}

TEST(Decimal128, ComparesWhateverTheScales) {
    const auto decimal = [](const char* text) { return *Decimal128::parse(text); };
    EXPECT_EQ(compare(decimal("1.10"), decimal("1.1")), std::strong_ordering::equal);
    EXPECT_EQ(compare(decimal("-1"), decimal("0.0001")), std::strong_ordering::less);
    EXPECT_EQ(compare(decimal("99999999999999999999999999999999999999"),
                      decimal("0.00000000000000000000000000000000000001")),
              std::strong_ordering::greater);
}

TEST(Decimal128, RoundsHalfAwayFromZero) {
    EXPECT_EQ(Decimal128::parse("2.5")->rounded(0).text(), "3");
    EXPECT_EQ(Decimal128::parse("-2.5")->rounded(0).text(), "-3");
    EXPECT_EQ(Decimal128::parse("-2.1")->floored(0).text(), "-3");
    EXPECT_EQ(Decimal128::parse("-2.9")->ceiled(0).text(), "-2");
}

TEST(Decimal128, DividesToTwentyDigits) {
    const auto third = divide(Decimal128(1, 0), Decimal128(3, 0));
    EXPECT_EQ(third->text(), "0.33333333333333333333");
    EXPECT_EQ(divide(Decimal128(2, 0), Decimal128(3, 0))->text(), "0.66666666666666666667");
    EXPECT_EQ(divide(Decimal128(1, 0), Decimal128(0, 3)), std::nullopt);
    EXPECT_EQ(divide(Decimal128(1, 30), Decimal128(1, 0))->text(), "0");
}

TEST(Decimal128, AnswersNothingRatherThanOverflow) {
    const Decimal128 large = *Decimal128::parse("99999999999999999999999999999999999999");
    EXPECT_EQ(add(large, large), std::nullopt);
    EXPECT_EQ(multiply(large, large), std::nullopt);
}

TEST(PartialTime, KeepsPrecisionAndOffset) {
    for (const char* text :
         {"2015", "2015-02", "2015-02-04", "2015-02-04T14", "2015-02-04T14:34",
          "2015-02-04T14:34:28", "2015-02-04T14:34:28.1234Z", "2015-02-04T14:34-05:30"}) {
        EXPECT_EQ(date_time_text(*parse_date_time(text)), text);
    }
}

TEST(PartialTime, RefusesDaysThatDoNotExist) {
    for (const char* text :
         {"2015-02-29", "2015-00", "2015-13", "0000", "15", "2015-2", "2015-02-0", "2015-02-04T",
          "2015T14", "2015-02-04T24", "2015-02-04T14:34+15:00"}) {
        EXPECT_EQ(parse_date(text), std::nullopt) << text;
    }
    EXPECT_TRUE(parse_date("2016-02-29"));
    EXPECT_FALSE(parse_date_time("2015-02-04T14:34+15:00"));
    EXPECT_FALSE(parse_date_time("2015-02-04T24"));
}

TEST(PartialTime, CountsDaysAcrossTheCalendar) {
    const PartialTime day = *parse_date("2023-12-31");
    EXPECT_EQ(date_text(*plus_days(day, 60)), "2024-02-29");
    EXPECT_EQ(date_text(*plus_days(day, -366)), "2022-12-30");
    EXPECT_EQ(plus_days(day, 4'000'000), std::nullopt);
    EXPECT_EQ(date_text(*plus_months(day, -10)), "2023-02-28");
    EXPECT_EQ(plus_years(day, -2023), std::nullopt);
}

TEST(PartialTime, TakesTheInstantFromItsOffset) {
    const Instant instant{std::chrono::milliseconds{-1}};
    EXPECT_EQ(date_time_text(to_partial_time(instant, 0)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(date_time_text(to_partial_time(instant, 90)), "1970-01-01T01:29:59.999+01:30");
}

TEST(Collection, GrowsCopiesAndMoves) {
    Collection numbers;
    for (std::int64_t number = 0; number < 100; ++number) {
        numbers.push_back(Value::of_integer(number));
    }
    const Collection copy = numbers;
    Collection moved = std::move(numbers);
    EXPECT_EQ(copy.size(), 100U);
    EXPECT_EQ(moved[99].integer(), 99);
    moved = Collection{Value::of(true)};
    EXPECT_EQ(moved.size(), 1U);
    moved = copy;
    EXPECT_EQ(moved[50].integer(), 50);
    moved.push_back(moved[0]);
    EXPECT_EQ(moved.size(), 101U);
}

}  // namespace
}  // namespace gateway
