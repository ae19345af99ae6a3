#include "gateway/engine/terminology/ucum.h"

#include <gtest/gtest.h>

#include <string>

namespace gateway {
namespace {

std::string converted(std::string_view value, std::string_view from, std::string_view to) {
    const auto source = UcumUnit::read(from);
    const auto target = UcumUnit::read(to);
    if (!source || !target) {
        return "no unit";
    }
    return convert(value, *source, *target).value_or("nothing");
}

bool comparable(std::string_view left, std::string_view right) {
    return UcumUnit::read(left)->is_comparable_to(*UcumUnit::read(right));
}

TEST(Ucum, SaysWhereACodeIsNoUnitAndWhatWasMeant) {
    struct Case {
        std::string_view code;
        std::size_t at;
        std::string_view text;
    };

    for (const Case& item : {
             Case{"", 0, "the unit is empty; the unity is `1`"},
             Case{"mg/12h", 5, "a number and a unit are joined by a point: `12.h…`"},
             Case{"mg/iu", 3, "`iu` is no unit of UCUM; did you mean `[iU]`?"},
             Case{"molv", 0, "`molv` is no unit of UCUM"},
             Case{"inch", 0, "`inch` is no unit of UCUM; did you mean `[in_i]`?"},
             Case{"m/", 2, "a unit is expected after `/`"},
             Case{"(m", 0, "`(` is not closed"},
             Case{"m)", 1, "`)` closes nothing"},
             Case{"m{a", 1, "`{` is not closed"},
             Case{"[in_i", 0, "`[` is not closed"},
             Case{"10+3/ul", 2, "a number has no exponent; powers of ten are written `10*3`"},
             Case{"m-", 1, "digits of an exponent are expected after the sign"},
             Case{"m1000", 1, "the exponent is greater than 999"},
             Case{"{a}m", 3, "`.` or `/` is expected before `m`"},
             Case{"(/m)", 1, "a unit is expected after `(`"},
             Case{"µg", 0, "a unit has printable ASCII characters only, and no blanks"},
             Case{"m s", 1, "a unit has printable ASCII characters only, and no blanks"},
         }) {
        const auto fault = ucum_fault(item.code);
        ASSERT_TRUE(fault) << item.code;
        EXPECT_EQ(fault->at, item.at) << item.code;
        EXPECT_EQ(fault->text, item.text);
    }
    EXPECT_TRUE(ucum_fault(std::string(40, '(')));
    EXPECT_TRUE(ucum_fault(std::string(10'000, 'm')));
}

TEST(Ucum, ConvertsExactly) {
    EXPECT_EQ(converted("1", "[lb_av]", "kg"), "0.45359237");
    EXPECT_EQ(converted("1", "[mi_i]", "m"), "1609.344");
    EXPECT_EQ(converted("5.0", "ug/kg/min", "mg/(kg.h)"), "0.3");
    EXPECT_EQ(converted("1", "a", "d"), "365.25");
    EXPECT_EQ(converted("1", "m", "[yd_i]"), "1.09361329833770778652668416447944");
}

TEST(Ucum, ConvertsOnScalesThatHaveNoZeroOfTheirOwn) {
    EXPECT_EQ(converted("37.0", "Cel", "[degF]"), "98.6");
    EXPECT_EQ(converted("-40", "[degF]", "Cel"), "-40");
    EXPECT_EQ(converted("0", "Cel", "K"), "273.15");
    EXPECT_EQ(converted("80", "[degRe]", "Cel"), "100");
    EXPECT_EQ(converted("7", "[pH]", "umol/L"), "0.1");
    EXPECT_EQ(converted("30", "dB", "1"), "1000");
    EXPECT_EQ(converted("100", "%[slope]", "deg"), "45");
    EXPECT_EQ(converted("0", "mol/L", "[pH]"), "nothing");
}

TEST(Ucum, KnowsWhatMeasuresTheSame) {
    EXPECT_TRUE(comparable("N.m", "J"));
    EXPECT_TRUE(comparable("mmol/L", "mol/m3"));
    EXPECT_TRUE(comparable("mg{total}", "g"));
    EXPECT_TRUE(comparable("m[IU]/L", "[iU]/mL"));
    EXPECT_FALSE(comparable("[iU]", "1"));
    EXPECT_FALSE(comparable("[iU]", "[arb'U]"));
    EXPECT_FALSE(comparable("kg", "m"));
    // A special unit has no place in a product.
    EXPECT_FALSE(comparable("Cel/min", "K/min"));
}

TEST(Ucum, BoundsWhatACodeMayCost) {
    EXPECT_FALSE(comparable("[pi]999", "[pi]999"));
    EXPECT_EQ(converted("1e401", "m", "m"), "nothing");
    EXPECT_EQ(converted("1", "10*300.m", "m").size(), 301U);
}

TEST(Ucum, NamesUnitsForPeople) {
    EXPECT_EQ(ucum_display("ug/(kg.h)"), "(microgram) / ((kilogram) * (hour))");
    EXPECT_EQ(ucum_display("/min"), "1 / (minute)");
    EXPECT_EQ(ucum_display("furlong"), std::nullopt);
}

TEST(Ucum, WritesTheUnitOfAProduct) {
    EXPECT_EQ(ucum_product("cm", "m"), "cm.m");
    EXPECT_EQ(ucum_quotient("g", "kg/s"), "g/(kg/s)");
    EXPECT_EQ(ucum_quotient("g", "/s"), "g/(1/s)");
    EXPECT_EQ(UcumUnit::read("N/A2")->dimension(), "m.g.C-2");
}

}  // namespace
}  // namespace gateway
