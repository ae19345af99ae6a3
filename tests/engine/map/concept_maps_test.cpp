#include "gateway/engine/map/concept_maps.h"

#include <gtest/gtest.h>

#include "gateway/format/json/reader.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

Document resource(const std::string& groups) {
    const std::string text =
        R"({"resourceType":"ConceptMap","url":"http://m","status":"active","group":)" + groups +
        "}";
    return read_json(std::make_shared<const std::string>(text), test_names());
}

std::string translated(const ConceptMapTable& table, std::string_view system,
                       std::string_view code) {
    TranslatedCode answer;
    switch (table.translate(system, code, answer)) {
        case TranslateAnswer::found:
            return std::string{answer.system} + "|" + std::string{answer.code} + "|" +
                   std::string{answer.display};
        case TranslateAnswer::no_match:
            return "no match";
        case TranslateAnswer::unmapped:
            return "unmapped";
    }
    return {};
}

TEST(ConceptMap, ReadsAResource) {
    const Document document = resource(
        R"([{"source":"http://a","target":"http://b","element":[)"
        R"({"code":"1","target":[{"code":"x","equivalence":"unmatched"},{"code":"one","display":"One","equivalence":"equivalent"}]},)"
        R"({"code":"2","target":[{"equivalence":"unmatched"}]}]}])");
    const ConceptMapTable table{document, document.root()};
    EXPECT_EQ(table.url(), "http://m");
    EXPECT_EQ(translated(table, "http://a", "1"), "http://b|one|One");
    EXPECT_EQ(translated(table, "", "1"), "http://b|one|One");
    EXPECT_EQ(translated(table, "", "2"), "no match");
    EXPECT_EQ(translated(table, "http://other", "1"), "unmapped");
    EXPECT_EQ(translated(table, "", "3"), "unmapped");
}

TEST(ConceptMap, KeepsOrReplacesWhatItDoesNotKnow) {
    const Document provided =
        resource(R"([{"source":"http://a","target":"http://b","unmapped":{"mode":"provided"}}])");
    EXPECT_EQ(translated(ConceptMapTable{provided, 0}, "", "7"), "http://a|7|");
    const Document fixed = resource(
        R"([{"source":"http://a","target":"http://b","unmapped":{"mode":"fixed","code":"u","display":"U"}}])");
    EXPECT_EQ(translated(ConceptMapTable{fixed, 0}, "", "7"), "http://b|u|U");
}

}  // namespace
}  // namespace gateway
