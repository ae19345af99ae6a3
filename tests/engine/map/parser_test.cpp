#include "gateway/engine/map/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/engine/map/map_set.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Parsed {
    MapFile file;
    Issues issues;
    MapSyntax map;

    explicit Parsed(std::string text) : file{"m.fml", std::move(text)} {
        map = parse_map(file, issues);
    }

    std::string faults() const { return render_faults(issues, {&file, 1}); }
};

// One rule of a group.
RuleSyntax rule(const std::string& text) {
    Parsed parsed{"map \"http://m\" = \"m\"\ngroup g(source s, target t) {\n" + text + "\n}"};
    EXPECT_EQ(parsed.faults(), "");
    return parsed.map.groups.at(0).rules.at(0);
}

std::vector<std::string> rule_faults(const std::string& rules) {
    Parsed parsed{"map \"http://m\" = m\ngroup g(source s, target t) {\n" + rules + "\n}"};
    std::vector<std::string> faults;
    for (const Issue& issue : parsed.issues) {
        faults.push_back(std::to_string(issue.position.line) + ":" +
                         std::to_string(issue.position.column) + " " + issue.text);
    }
    return faults;
}

TEST(MapParser, ReadsMetadataOfEveryForm) {
    const Parsed parsed{
        "/// url = 'http://m'\n"
        "/// name = \"M\"\n"
        "/// experimental = true\n"
        "/// jurisdiction.coding.code = 'AU'\n"
        "/// title =\n"
        "/// description = \"\"\"\nTwo\nlines\n\"\"\"\n"
        "group g(source s, target t) {}"};
    EXPECT_EQ(parsed.faults(), "");
    EXPECT_EQ(parsed.map.url.text, "http://m");
    EXPECT_EQ(parsed.map.name, "M");
    ASSERT_EQ(parsed.map.metadata.size(), 6U);
    EXPECT_EQ(parsed.map.metadata[2].value, "true");
    EXPECT_EQ(parsed.map.metadata[3].path.text, "jurisdiction.coding.code");
    EXPECT_EQ(parsed.map.metadata[4].value, "");
    EXPECT_EQ(parsed.map.metadata[5].value, "Two\nlines");
}

TEST(MapParser, ReadsTheHeadOfAnR4Map) {
    const Parsed parsed{
        "map \"http://m\" = \"my map\"\n"
        "uses \"http://x/Patient\" alias P as source // why\n"
        "uses \"http://x/Bundle\" as produced\n"
        "imports \"http://x/*\"\n"
        "let a = 'x'; /* and\n more */ let b = a + 'y';\n"
        "group g(source s : P, target t) extends h <<type+>> {}"};
    EXPECT_EQ(parsed.faults(), "");
    ASSERT_EQ(parsed.map.structures.size(), 2U);
    EXPECT_EQ(parsed.map.structures[0].alias.text, "P");
    EXPECT_EQ(parsed.map.structures[1].mode, StructureMode::produced);
    EXPECT_EQ(parsed.map.imports.at(0).text, "http://x/*");
    EXPECT_EQ(parsed.map.constants.size(), 2U);
    const GroupSyntax& group = parsed.map.groups.at(0);
    EXPECT_EQ(group.base.text, "h");
    EXPECT_EQ(group.types, GroupTypes::type_and_types);
    EXPECT_EQ(group.parameters[0].type.text, "P");
    EXPECT_EQ(group.parameters[1].mode, ParameterMode::target);
}

TEST(MapParser, ReadsConceptMapsOfBothDialects) {
    const Parsed parsed{
        "map \"http://m\" = m\n"
        "conceptmap \"#Sex\" {\n"
        "  prefix s = \"http://s\"\n  prefix t = \"http://t\"\n"
        "  unmapped for s = provided\n"
        "  s:M == t:male\n  s:\"1 2\" - t:entered-in-error\n  s:X --\n}\n"
        "group g(source s, target t) {}"};
    EXPECT_EQ(parsed.faults(), "");
    const ConceptMapSyntax& map = parsed.map.concept_maps.at(0);
    EXPECT_EQ(map.url.text, "Sex");
    ASSERT_EQ(map.rows.size(), 3U);
    EXPECT_EQ(map.rows[0].relation, "==");
    EXPECT_EQ(map.rows[1].source_code.text, "1 2");
    EXPECT_EQ(map.rows[1].target_code.text, "entered-in-error");
    EXPECT_EQ(map.rows[2].relation, "--");
    EXPECT_EQ(map.unmapped.at(0).mode.text, "provided");
}

TEST(MapParser, ReadsEveryPartOfASource) {
    const RuleSyntax read = rule(
        "s.a.b : string 0..* default ('x') not_first as v where (v = 'y') check (true) "
        "log('seen'), s as w -> t.c = v;");
    ASSERT_EQ(read.sources.size(), 2U);
    const SourceSyntax& source = read.sources[0];
    EXPECT_EQ(source.path.steps.size(), 2U);
    EXPECT_EQ(source.type.text, "string");
    EXPECT_TRUE(source.has_cardinality);
    EXPECT_EQ(source.max, 0xFFFFFFFFU);
    EXPECT_EQ(source.list_mode, SourceListMode::not_first);
    EXPECT_EQ(source.alias.text, "v");
    EXPECT_TRUE(source.where && source.check && source.default_value && source.log);
    EXPECT_EQ(read.sources[1].alias.text, "w");
}

TEST(MapParser, ReadsAWhereWithoutParentheses) {
    const RuleSyntax read = rule("s.a as v where type = 'author' -> t.b as w then g(v, w);");
    EXPECT_EQ(read.sources[0].where->text(), "type = 'author'");
    EXPECT_EQ(read.dependents.at(0).arguments.size(), 2U);
}

TEST(MapParser, ReadsEveryKindOfTarget) {
    const RuleSyntax read = rule(
        "s -> ('x' & 'y') as a, create('Patient') as p, t.n = 12, t.d = 1.50, t.e = true,"
        " t.f = @2026-02-03, t.g = \"q\", t.h = %base, t.i = s.j, t.k = append(s, ', ', s.k + 'z'),"
        " t.l share key, t.m as m first \"a name\";");
    EXPECT_EQ(read.name, "a name");
    ASSERT_EQ(read.targets.size(), 12U);
    EXPECT_TRUE(std::holds_alternative<ParsedExpression>(read.targets[0].transform));
    EXPECT_EQ(std::get<CallSyntax>(read.targets[1].transform).name.text, "create");
    EXPECT_EQ(std::get<LiteralSyntax>(read.targets[3].transform).text, "1.50");
    EXPECT_EQ(std::get<LiteralSyntax>(read.targets[5].transform).kind, LiteralSyntax::Kind::date);
    EXPECT_EQ(std::get<PathReference>(read.targets[7].transform).context.text, "%base");
    EXPECT_EQ(std::get<PathReference>(read.targets[8].transform).steps.size(), 1U);
    const auto& arguments = std::get<CallSyntax>(read.targets[9].transform).arguments;
    ASSERT_EQ(arguments.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<PathReference>(arguments[0].content));
    EXPECT_TRUE(std::holds_alternative<LiteralSyntax>(arguments[1].content));
    EXPECT_TRUE(std::holds_alternative<ParsedExpression>(arguments[2].content));
    EXPECT_EQ(read.targets[10].share_key.text, "key");
    EXPECT_EQ(read.targets[11].list_mode, TargetListMode::first);
}

TEST(MapParser, TakesAPlainPairForACopyAndUnfoldsABatch) {
    EXPECT_EQ(rule("s.a -> t.b;").form, RuleForm::simple_copy);
    EXPECT_EQ(rule("s.a -> t.b as x then g(s, x);").form, RuleForm::full);
    const Parsed parsed{"map \"u\" = m\ngroup g(source s, target t) { s -> t : a, b \"both\"; }"};
    EXPECT_EQ(parsed.faults(), "");
    ASSERT_EQ(parsed.map.groups[0].rules.size(), 2U);
    EXPECT_EQ(parsed.map.groups[0].rules[1].targets[0].path.steps.at(0).text, "b");
    EXPECT_EQ(parsed.map.groups[0].rules[1].name, "both");
}

TEST(MapParser, LetsWordsOfTheLanguageBeElements) {
    const RuleSyntax read = rule("s.where as v -> t.group = v, t.`a-b` = v;");
    EXPECT_EQ(read.sources[0].path.steps[0].text, "where");
    EXPECT_EQ(read.targets[1].path.steps[0].text, "a-b");
}

TEST(MapParser, ReportsEveryFaultWithItsPlace) {
    EXPECT_THAT(rule_faults("s.a -> t.b = ;\n"
                            "s.c -> t.d;\n"
                            "s.e as -> t.f;\n"
                            "s.g as v where (v = ) -> t.h = v;"),
                ElementsAre(HasSubstr("3:14 expected a variable, found `;`"),
                            HasSubstr("5:8 expected a variable name after `as`, found `-`"),
                            HasSubstr("6:21 ")));
}

TEST(MapParser, GoesOnBehindAFaultyDeclaration) {
    const Parsed parsed{
        "map \"u\" = m\nuses x as source\ngroup g(sauce s) {}\ngroup h(source s) {}"};
    EXPECT_THAT(parsed.faults(),
                testing::AllOf(HasSubstr("m.fml:2:6: error: expected the url of a structure"),
                               HasSubstr("m.fml:3:9: error: expected `source` or `target`"),
                               HasSubstr("    uses x as source\n         ^")));
    EXPECT_EQ(parsed.map.groups.size(), 1U);
}

TEST(MapParser, NamesWhatNeverEnds) {
    EXPECT_THAT(rule_faults("s.a -> t.b = 'x;"),
                ElementsAre(HasSubstr("no closing '"), HasSubstr("`}` to close the rules")));
    EXPECT_THAT(rule_faults("s.a -> t.b = append(s, "), testing::Not(IsEmpty()));
    EXPECT_THAT(rule_faults("s -> t.b = 'a\\q';"), ElementsAre(HasSubstr("unknown escape")));
}

TEST(MapParser, SurvivesEveryTruncationAndFlippedByte) {
    const std::string whole =
        "/// url = 'http://m'\nconceptmap \"c\" { prefix s = \"a\" s:a - s:b }\n"
        "uses \"http://x\" alias X as source\nimports \"y*\"\nlet k = 'v';\n"
        "group g(source s : X, target t) extends h <<types>> {\n"
        "  s.a 0..1 as v where (v = 'x') log('l') -> t.b = append(v, \"q\") share k then h(v, t) {"
        " v -> t : x, y; } \"name\";\n}\n";
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        const Parsed parsed{whole.substr(0, length)};
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char c : {'\0', '{', '}', '"', '\'', '(', ';', '\xFF'}) {
            std::string changed = whole;
            changed[at] = c;
            const Parsed parsed{changed};
        }
    }
    SUCCEED();
}

TEST(MapParser, BoundsNesting) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += "s as v then {";
    }
    EXPECT_THAT(rule_faults(text), testing::Contains(HasSubstr("nest deeper than")));
}

}  // namespace
}  // namespace gateway
