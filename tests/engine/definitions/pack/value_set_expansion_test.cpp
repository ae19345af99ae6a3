#include "gateway/engine/definitions/pack/value_set_expansion.h"

#include <gtest/gtest.h>

#include "gateway/format/json/reader.h"

namespace gateway {
namespace {

constexpr std::string_view definitions = R"({
  "resourceType": "Bundle",
  "entry": [
    {"resource": {"resourceType": "CodeSystem", "url": "urn:colours", "content": "complete",
      "concept": [{"code": "red", "concept": [{"code": "pink"}]}, {"code": "blue"}]}},
    {"resource": {"resourceType": "CodeSystem", "url": "urn:fragment", "content": "fragment",
      "concept": [{"code": "x"}]}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:all",
      "compose": {"include": [{"system": "urn:colours"}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:listed",
      "compose": {"include": [{"system": "urn:colours", "concept": [{"code": "red"}]}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:without-red",
      "compose": {"include": [{"valueSet": ["urn:all|1.0"]}], "exclude": [{"valueSet": ["urn:listed"]}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:both",
      "compose": {"include": [{"system": "urn:colours", "valueSet": ["urn:listed"]}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:filtered",
      "compose": {"include": [{"system": "urn:colours", "filter": [{"property": "concept"}]}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:outside",
      "compose": {"include": [{"system": "http://unitsofmeasure.org"}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:fragmentary",
      "compose": {"include": [{"system": "urn:fragment"}]}}},
    {"resource": {"resourceType": "ValueSet", "url": "urn:circle",
      "compose": {"include": [{"valueSet": ["urn:circle"]}]}}}
  ]})";

class Expansion : public testing::Test {
protected:
    Expansion()
        : document_(read_json(std::make_shared<const std::string>(definitions),
                              std::make_shared<const NameTable>(),
                              {.dialect = JsonDialect::plain})) {
        expander_.add(document_);
    }

    // "blue pink", or "?" where there is no answer.
    std::string codes(std::string_view url, std::size_t max = 100) const {
        const auto expanded = expander_.expand(url, max);
        if (!expanded) {
            return "?";
        }
        std::string out;
        for (const CodeFacts& code : *expanded) {
            out += out.empty() ? code.code : " " + code.code;
        }
        return out;
    }

    Document document_;
    ValueSetExpander expander_;
};

TEST_F(Expansion, TakesAWholeSystemWithItsHierarchy) {
    EXPECT_EQ(codes("urn:all"), "blue pink red");
}

TEST_F(Expansion, TakesListedCodes) {
    EXPECT_EQ(codes("urn:listed"), "red");
}

TEST_F(Expansion, FollowsImportsAndExclusionsWhateverTheVersion) {
    EXPECT_EQ(codes("urn:without-red|4.0.1"), "blue pink");
}

TEST_F(Expansion, KeepsWhatEveryConditionOfAnIncludeHolds) {
    EXPECT_EQ(codes("urn:both"), "red");
}

TEST_F(Expansion, DoesNotAnswerWhatItCannotEnumerate) {
    EXPECT_EQ(codes("urn:filtered"), "?");
    EXPECT_EQ(codes("urn:outside"), "?");
    EXPECT_EQ(codes("urn:fragmentary"), "?");
    EXPECT_EQ(codes("urn:unknown"), "?");
    EXPECT_EQ(codes("urn:circle"), "?");
}

TEST_F(Expansion, DoesNotAnswerBeyondTheLimit) {
    EXPECT_EQ(codes("urn:all", 2), "?");
}

}  // namespace
}  // namespace gateway
