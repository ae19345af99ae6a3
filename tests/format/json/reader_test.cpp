#include "gateway/format/json/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/failure.h"

namespace gateway {
namespace {

using testing::HasSubstr;

Document read(std::string text, JsonDialect dialect = JsonDialect::fhir) {
    return read_json(std::make_shared<const std::string>(std::move(text)),
                     std::make_shared<const NameTable>(), {.dialect = dialect});
}

Failure refusal(const std::string& text, const JsonLimits& limits = {}) {
    try {
        read_json(std::make_shared<const std::string>(text), std::make_shared<const NameTable>(),
                  limits);
    } catch (const Failure& failure) {
        return failure;
    }
    ADD_FAILURE() << "was read: " << text;
    return Failure(Category::fault, "was read");
}

TEST(JsonReader, FillsTheTreeOfAResource) {
    const Document document =
        read(R"({"resourceType":"Patient","name":[{"family":"A","given":["B","C"]}]})");

    EXPECT_EQ(document.child_value(document.root(), "resourceType"), "Patient");
    const NodeId name = document.child(document.root(), "name");
    EXPECT_TRUE(document.repeats(name));
    const auto given = document.children(name, "given");
    ASSERT_EQ(given.size(), 2U);
    EXPECT_EQ(document.value(given[1]), "C");
    EXPECT_EQ(document.path(given[1]), "Patient.name[0].given[1]");
}

TEST(JsonReader, KeepsTheTextOfNumbers) {
    const Document document = read(R"({"a":1.10,"b":18446744073709551616,"c":-1E+2,"d":true})");

    EXPECT_EQ(document.child_value(document.root(), "a"), "1.10");
    EXPECT_EQ(document.child_value(document.root(), "b"), "18446744073709551616");
    EXPECT_EQ(document.child_value(document.root(), "c"), "-1E+2");
    EXPECT_EQ(document.kind(document.child(document.root(), "c")), ValueKind::number);
    EXPECT_EQ(document.kind(document.child(document.root(), "d")), ValueKind::boolean);
}

TEST(JsonReader, KeepsNumbersThatNoDoubleHolds) {
    const std::string long_fraction = "0." + std::string(500, '1');
    for (const std::string& number :
         {std::string{"128.74836467836484838364836483643636483648e-336"}, std::string{"1e-400"},
          std::string{"-0"}, std::string{"123456789012345678901234567890.10"}, long_fraction}) {
        EXPECT_EQ(read("{\"a\":" + number + "}").child_value(0, "a"), number);
    }
    EXPECT_THAT(refusal(R"({"a":1e400})").external(), HasSubstr("range"));
}

TEST(JsonReader, ViewsTextWithoutEscapesInTheSharedInput) {
    const auto bytes = std::make_shared<const std::string>(R"({"plain":"abc","escaped":"a\nc"})");
    const Document document = read_json(bytes, std::make_shared<const NameTable>());

    const auto plain = document.child_value(document.root(), "plain");
    EXPECT_EQ(plain.data(), bytes->data() + 10);
    EXPECT_EQ(document.child_value(document.root(), "escaped"), "a\nc");
}

TEST(JsonReader, DecodesEscapes) {
    const Document document =
        read(R"({"a":"\"\n","b":"\\\"","c":"\u00e9\ud83d\ude00","d":"\/\t"})");

    EXPECT_EQ(document.child_value(document.root(), "a"), "\"\n");
    EXPECT_EQ(document.child_value(document.root(), "b"), "\\\"");
    EXPECT_EQ(document.child_value(document.root(), "c"), "é😀");
    EXPECT_EQ(document.child_value(document.root(), "d"), "/\t");
}

TEST(JsonReader, GivesEveryNodeTheRangeOfItsValue) {
    const std::string text = R"({ "a" : "x\ny" , "b" : { "c" : [ 12 , true ] } })";
    const Document document = read(text);
    const auto slice = [&](NodeId node) {
        const SourceRange range = document.source(node);
        return text.substr(range.offset, range.length);
    };

    EXPECT_EQ(slice(document.child(document.root(), "a")), R"("x\ny")");
    const NodeId b = document.child(document.root(), "b");
    EXPECT_EQ(slice(b), R"({ "c" : [ 12 , true ] })");
    EXPECT_EQ(slice(document.children(b, "c")[0]), "12");
    EXPECT_EQ(slice(document.children(b, "c")[1]), "true");
    EXPECT_EQ(slice(document.root()), text);
}

struct CompanionCase {
    const char* name;
    const char* json;
};

class JsonCompanion : public testing::TestWithParam<CompanionCase> {};

TEST_P(JsonCompanion, StandsOnThePrimitiveInWhicheverOrder) {
    const Document document = read(GetParam().json);

    const auto given = document.children(document.root(), "given");
    ASSERT_EQ(given.size(), 3U);
    EXPECT_EQ(document.value(given[0]), "A");
    EXPECT_FALSE(document.has_children(given[0]));
    EXPECT_EQ(document.kind(given[1]), ValueKind::null);
    EXPECT_EQ(document.child_value(given[1], "id"), "i1");
    EXPECT_EQ(document.value(given[2]), "C");
    EXPECT_EQ(document.child_value(given[2], "id"), "i2");
    EXPECT_FALSE(document.has_value(given[1]));
    EXPECT_TRUE(document.repeats(given[1]));
    EXPECT_EQ(document.child_value(document.root(), "z"), "z");
    EXPECT_EQ(document.child(document.root(), "_given"), no_node);
}

INSTANTIATE_TEST_SUITE_P(
    Orders, JsonCompanion,
    testing::Values(
        CompanionCase{
            "After", R"({"given":["A",null,"C"],"z":"z","_given":[null,{"id":"i1"},{"id":"i2"}]})"},
        CompanionCase{
            "Before",
            R"({"_given":[null,{"id":"i1"},{"id":"i2"}],"z":"z","given":["A",null,"C"]})"}),
    [](const auto& each) { return each.param.name; });

TEST(JsonReader, KeepsTheItemsOfAnElementTogetherWhenItsCompanionsAreMore) {
    const Document document =
        read(R"({"given":["A"],"z":"z","_given":[null,{"id":"i1"},{"id":"i2"}]})");

    const NodeId first = document.first_child(document.root());
    const NodeId second = document.next(first);
    const NodeId third = document.next(second);
    EXPECT_EQ(document.child_value(second, "id"), "i1");
    EXPECT_EQ(document.child_value(third, "id"), "i2");
    EXPECT_EQ(document.name(document.next(third)), "z");
}

TEST(JsonReader, MakesANodeWithoutValueForACompanionAlone) {
    const Document document = read(R"({"_birthDate":{"extension":[{"url":"u"}]}})");

    const NodeId date = document.child(document.root(), "birthDate");
    EXPECT_EQ(document.kind(date), ValueKind::null);
    EXPECT_EQ(document.child_value(document.child(date, "extension"), "url"), "u");
}

struct FaultCase {
    const char* name;
    std::string json;
    Position position;
    const char* path;
    const char* words;
};

class JsonFault : public testing::TestWithParam<FaultCase> {};

TEST_P(JsonFault, IsRefusedWithPlacePathAndReason) {
    const Failure failure = refusal(GetParam().json);

    EXPECT_EQ(failure.category(), Category::invalid);
    ASSERT_EQ(failure.issues().size(), 1U);
    EXPECT_EQ(failure.issues()[0].position, GetParam().position);
    EXPECT_EQ(failure.issues()[0].path, GetParam().path);
    EXPECT_THAT(failure.issues()[0].text, HasSubstr(GetParam().words));
}

const std::string nul_text{"{\"a\":\"\0\"}", 9};

INSTANTIATE_TEST_SUITE_P(
    Faults, JsonFault,
    testing::Values(
        FaultCase{"Empty", "", {1, 1}, "", "no JSON"},
        FaultCase{"Bom", "\xEF\xBB\xBF{}", {1, 1}, "", "byte order mark"},
        FaultCase{"Nul", nul_text, {1, 7}, "", "NUL"},
        FaultCase{"EscapedNul", R"({"a":"\u0000"})", {1, 6}, "a", "u0000"},
        FaultCase{"NotUtf8", "{\"a\":\"\xFF\"}", {1, 7}, "", "not UTF-8"},
        FaultCase{"DuplicateName", "{\"a\":1,\n\"b\":2,\"a\":3}", {2, 7}, "a", "twice"},
        FaultCase{
            "DuplicateCompanion", R"({"_a":{"id":"1"},"_a":{"id":"1"}})", {1, 18}, "a", "twice"},
        FaultCase{"LoneLowSurrogate", R"({"a":"\udc00"})", {1, 6}, "a", "surrogate"},
        FaultCase{"LoneHighSurrogate", R"({"a":"\ud800x"})", {1, 7}, "a", "surrogate"},
        FaultCase{"TrailingContent", R"({"a":1} x)", {1, 9}, "", "follows"},
        FaultCase{"TrailingComma", R"({"a":1,})", {1, 8}, "a", "name of a member"},
        FaultCase{"MissingComma", R"({"a":1 "b":2})", {1, 8}, "a", "comma"},
        FaultCase{"ArrayMissingComma", R"({"a":[1 2]})", {1, 9}, "a", "bracket"},
        FaultCase{"LeadingZero", R"({"a":01})", {1, 7}, "a", "comma"},
        FaultCase{"ControlCharacter", "{\"a\":\"x\ny\"}", {1, 8}, "a", "control character"},
        FaultCase{"OpenString", R"({"a":"x)", {1, 8}, "a", "quotation mark"},
        FaultCase{"OpenObject", R"({"a":1)", {1, 7}, "a", "comma or a closing brace"},
        FaultCase{"BadEscape", R"({"a":"\x"})", {1, 7}, "a", "escape"},
        FaultCase{"NotAnObject", "[1]", {1, 1}, "", "one JSON object"},
        FaultCase{"Scalar", "\"x\"", {1, 1}, "", "one JSON object"},
        FaultCase{"EmptyArray", R"({"resourceType":"X","a":[]})", {1, 25}, "X.a", "empty"},
        FaultCase{"EmptyObject", R"({"a":{}})", {1, 6}, "a", "empty"},
        FaultCase{"NestedArray", R"({"a":[[1]]})", {1, 7}, "a", "array"},
        FaultCase{"Null", R"({"a":null})", {1, 6}, "a", "null"},
        FaultCase{
            "CompanionOfAnObject", R"({"a":{"b":1},"_a":{"id":"x"}})", {1, 19}, "a", "primitive"},
        FaultCase{"CompanionWithAValue", R"({"_a":"x"})", {1, 7}, "a", "underscore"},
        FaultCase{"CompanionOfAnotherForm",
                  R"({"a":["x"],"_a":{"id":"i"}})",
                  {1, 7},
                  "a",
                  "both be arrays"},
        FaultCase{"EmptyName", R"({"":1})", {1, 2}, "", "empty name"}),
    [](const auto& each) { return each.param.name; });

TEST(JsonReader, TellsAllFaultsOfAWellFormedText) {
    const Failure failure = refusal("{\"a\":[],\n\"a\":{\"x\":[]},\n\"b\":null}");

    ASSERT_EQ(failure.issues().size(), 3U);
    EXPECT_EQ(failure.issues()[0].position, (Position{1, 6}));
    EXPECT_EQ(failure.issues()[1].position, (Position{2, 1}));
    EXPECT_EQ(failure.issues()[2].position, (Position{3, 5}));
}

TEST(JsonReader, RefusesNestingBeyondTheLimitAndSurvivesAnyDepth) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) {
        deep += R"({"a":)";
    }
    EXPECT_EQ(refusal(deep).category(), Category::too_large);
    EXPECT_EQ(refusal("{\"a\":" + std::string(200'000, '[')).category(), Category::invalid);
    EXPECT_NO_THROW(read(R"({"a":{"b":{"c":1}}})"));
    EXPECT_EQ(refusal(R"({"a":{"b":{"c":1}}})", {.depth_max = 2}).category(), Category::too_large);
}

TEST(JsonReader, RefusesMoreValuesThanTheLimit) {
    EXPECT_EQ(refusal(R"({"a":[1,2,3,4,5,6,7,8]})", {.nodes_max = 4}).category(),
              Category::too_large);
    EXPECT_EQ(refusal(R"({"a":"xxxxxxxxxxxx"})", {.bytes_max = 10}).category(),
              Category::too_large);
}

TEST(JsonReader, FindsADuplicateAmongThousandsOfNames) {
    std::string text = "{";
    for (int i = 0; i < 5000; ++i) {
        text += "\"n" + std::to_string(i) + "\":{\"n1\":1,\"n2\":2},";
    }
    EXPECT_NO_THROW(read(text + R"("last":1})"));
    EXPECT_THAT(refusal(text + R"("n4711":1})").issues()[0].text, HasSubstr("twice"));
}

TEST(JsonReader, ReadsPlainJsonWithoutFhirsRules) {
    const Document document =
        read(R"({"_a":1,"b":null,"c":{},"d":[],"e":[null]})", JsonDialect::plain);

    EXPECT_EQ(document.child_value(document.root(), "_a"), "1");
    EXPECT_EQ(document.kind(document.child(document.root(), "b")), ValueKind::null);
    EXPECT_NE(document.child(document.root(), "c"), no_node);
    EXPECT_EQ(document.child(document.root(), "d"), no_node);
    EXPECT_EQ(document.kind(document.child(document.root(), "e")), ValueKind::null);
}

}  // namespace
}  // namespace gateway
