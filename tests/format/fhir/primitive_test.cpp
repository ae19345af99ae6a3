#include "gateway/format/fhir/primitive.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gateway {
namespace {

struct Case {
    const char* type;
    std::vector<std::string> good;
    std::vector<std::string> bad;
};

class PrimitiveForm : public testing::TestWithParam<Case> {};

TEST_P(PrimitiveForm, IsTakenOrRefusedWithAReason) {
    for (const std::string& text : GetParam().good) {
        EXPECT_EQ(primitive_fault(GetParam().type, text), std::nullopt) << text;
    }
    for (const std::string& text : GetParam().bad) {
        const auto fault = primitive_fault(GetParam().type, text);
        ASSERT_TRUE(fault) << text;
        EXPECT_GT(fault->size(), 20U);
    }
}

const std::string nul{"a\0b", 3};

INSTANTIATE_TEST_SUITE_P(
    R4, PrimitiveForm,
    testing::Values(
        Case{"boolean", {"true", "false"}, {"", "True", "1", "true "}},
        Case{"integer",
             {"0", "-0", "7", "-12", "2147483647", "-2147483648"},
             {"", "-", "007", "+1", "1.0", "2147483648", "-2147483649", "99999999999", "1 "}},
        Case{"unsignedInt", {"0", "2147483647"}, {"", "-1", "00", "2147483648"}},
        Case{"positiveInt", {"1", "2147483647"}, {"0", "-1", "01", "1e3"}},
        Case{"decimal",
             {"0", "-0.10", "1.50", "12e3", "1E-22", "123456789012345678901234567890.1"},
             {"", ".5", "1.", "01", "+1", "1e", "1e+", "NaN", "0x1", "1,5"}},
        Case{"string", {"x", " x ", "a\tb\r\nc", "é", " "}, {"", "a\x01", nul}},
        Case{"markdown", {"# x\n"}, {"", "a\x02"}},
        Case{"code", {"a", "a b", "a-b.c"}, {"", " a", "a ", "a  b", "a \tb", "\n"}},
        Case{"id",
             {"a", "A-1.b", std::string(64, 'x')},
             {"", "a_b", "a b", "é", std::string(65, 'x')}},
        Case{"uri", {"urn:x", "http://a/b#c", "#x"}, {"", "a b", " ", "a\n"}},
        Case{"url", {"https://a"}, {"", "a b"}},
        Case{"canonical", {"http://a|1.0"}, {"", "http://a |1"}},
        Case{"oid",
             {"urn:oid:1.2.3", "urn:oid:2.16.840.1", "urn:oid:0.0"},
             {"", "1.2.3", "urn:oid:", "urn:oid:1", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1.",
              "urn:oid:1..2"}},
        Case{"uuid",
             {"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
             {"", "c757873d-ec9a-4326-a141-556f43239520",
              "urn:uuid:C757873D-ec9a-4326-a141-556f43239520",
              "urn:uuid:c757873dxec9a-4326-a141-556f43239520",
              "urn:uuid:c757873d-ec9a-4326-a141-556f4323952"}},
        Case{"date",
             {"2026", "2026-02", "2024-02-29", "0001-01-01"},
             {"", "26", "0000", "2026-13", "2026-00", "2026-02-29", "2026-1-1", "2026-01-01T",
              "2026/01/01", "1900-02-29"}},
        Case{"dateTime",
             {"2026", "2026-02", "2026-02-03", "2026-02-03T04:05:06Z",
              "2026-02-03T04:05:06.123456789+10:00", "2016-12-31T23:59:60Z",
              "2026-02-03T04:05:06-14:00"},
             {"", "2026-02-03T04:05Z", "2026-02-03T04:05:06", "2026-02T04:05:06Z",
              "2026-02-03T24:00:00Z", "2026-02-03T04:60:00Z", "2026-02-03T04:05:06+14:01",
              "2026-02-03T04:05:06+1000", "2026-02-03T04:05:06.Z", "2026-02-03 04:05:06Z",
              "2026-02-30T04:05:06Z"}},
        Case{"instant",
             {"2026-02-03T04:05:06Z", "2026-02-03T04:05:06.1-03:30"},
             {"", "2026", "2026-02-03", "2026-02-03T04:05:06", "2026-02-03T04:05Z"}},
        Case{"time",
             {"00:00:00", "23:59:60", "12:00:00.123"},
             {"", "24:00:00", "12:00", "12:00:00Z", "1:00:00", "12:00:00."}},
        Case{"base64Binary",
             {"AAAA", "AA==", "AAA=", "AA AA\r\nAAAA"},
             {"", "A", "AAA", "A===", "AA=A", "AA-_", "===="}},
        Case{"xhtml", {"<div xmlns=\"x\"/>", " <div>a</div>"}, {"", "text", "<p/>", "<divx>"}}),
    [](const auto& each) { return std::string{each.param.type}; });

TEST(Primitive, TakesLargeTextsInLinearTime) {
    EXPECT_EQ(primitive_fault("base64Binary", std::string(8'000'000, 'A')), std::nullopt);
    EXPECT_EQ(primitive_fault("string", std::string(1'048'576, 'x')), std::nullopt);
    EXPECT_TRUE(primitive_fault("string", std::string(1'048'577, 'x')));
    EXPECT_EQ(primitive_fault("uri", std::string(1'000'000, 'x')), std::nullopt);
    EXPECT_EQ(primitive_fault("code", std::string(1'000'000, 'x')), std::nullopt);

    std::string two_bytes_each;
    for (int i = 0; i < 1'000'000; ++i) {
        two_bytes_each += "é";
    }
    EXPECT_EQ(primitive_fault("string", two_bytes_each), std::nullopt) << "counts characters";
}

TEST(Primitive, FindsAForeignByteWhereverItStandsInBase64) {
    for (std::size_t at = 0; at < 64; ++at) {
        std::string text(64, 'z');
        for (const char good : {'+', '/', '0', '9', 'A', 'Z', 'a'}) {
            text[at] = good;
            EXPECT_EQ(primitive_fault("base64Binary", text), std::nullopt) << at << good;
        }
        for (const char bad : {'-', '_', '@', '[', '`', '{', ':', '.', '=', '\x7f', '\xC3'}) {
            text[at] = bad;
            EXPECT_EQ(primitive_fault("base64Binary", text).has_value(), at != 63 || bad != '=')
                << at << bad;
        }
    }
}

TEST(Primitive, KnowsItsNamesAndJsonForms) {
    EXPECT_EQ(primitive_of("HumanName"), std::nullopt);
    EXPECT_EQ(primitive_fault("HumanName", ""), std::nullopt);
    ASSERT_EQ(primitive_of("positiveInt"), Primitive::positive_int);
    EXPECT_EQ(to_string(Primitive::positive_int), "positiveInt");
    EXPECT_EQ(json_form(Primitive::positive_int), JsonForm::number);
    EXPECT_EQ(json_form(Primitive::boolean), JsonForm::boolean);
    EXPECT_EQ(json_form(Primitive::date), JsonForm::string);
}

}  // namespace
}  // namespace gateway
