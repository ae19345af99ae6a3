// What rules do with the items of their sources, and what calls and default groups do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/format/json/writer.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* three_names =
    R"({"resourceType":"Patient","name":[{"family":"A"},{"family":"B"},{"family":"C"}]})";

std::string families(std::string_view options) {
    return mapped(
        "src.name " + std::string{options} + " as v -> tgt.name as n, n.family = v.family;",
        three_names);
}

std::string names(const std::string& families) {
    std::string out = R"({"resourceType":"Patient")";
    for (std::size_t i = 0; i < families.size(); ++i) {
        out += i == 0 ? R"(,"name":[)" : ",";
        out += std::string{R"({"family":")"} + families[i] + "\"}";
    }
    return out + (families.empty() ? "}" : "]}");
}

struct Outcome {
    std::vector<std::string> issues;
    std::string json;
    std::vector<MapLogLine> log;
};

Outcome run_rules(std::string_view rules, std::string source) {
    const bool hl7v2 = source.starts_with("MSH");
    const auto maps = linked(hl7v2 ? hl7v2_map(rules) : patient_map(rules));
    const MapInputText input{std::move(source)};
    MapResult result = run(*maps, input);
    return {issue_lines(result.issues), write_json(result.target), std::move(result.log)};
}

TEST(MapRule, RunsForEveryItemInOrder) {
    EXPECT_EQ(families(""), names("ABC"));
}

TEST(MapRule, TakesWhatItsListModeSays) {
    EXPECT_EQ(families("first"), names("A"));
    EXPECT_EQ(families("not_first"), names("BC"));
    EXPECT_EQ(families("last"), names("C"));
    EXPECT_EQ(families("not_last"), names("AB"));
}

TEST(MapRule, CountsItemsAfterWhere) {
    EXPECT_EQ(
        mapped("src.name last as v where (v.family != 'C') -> tgt.name as n, n.family = v.family;",
               three_names),
        names("B"));
}

TEST(MapRule, FiltersByTypeOfAChoice) {
    const std::string rules =
        "src.deceased : boolean as v -> tgt.active = v;\n"
        "src.deceased : dateTime as v -> tgt.birthDate = cast(v, 'date');";
    EXPECT_EQ(mapped(rules, R"({"resourceType":"Patient","deceasedBoolean":true})"),
              R"({"resourceType":"Patient","active":true})");
    EXPECT_EQ(
        mapped(rules, R"({"resourceType":"Patient","deceasedDateTime":"2026-02-03T10:00:00Z"})"),
        R"({"resourceType":"Patient","birthDate":"2026-02-03"})");
}

TEST(MapRule, UsesItsDefaultWhereNothingIsSent) {
    const std::string rules = "src.gender default ('unknown') as v -> tgt.gender = v;";
    EXPECT_EQ(mapped(rules, R"({"resourceType":"Patient"})"),
              R"({"resourceType":"Patient","gender":"unknown"})");
    EXPECT_EQ(mapped(rules, R"({"resourceType":"Patient","gender":"male"})"),
              R"({"resourceType":"Patient","gender":"male"})");
    EXPECT_EQ(mapped("src.name as v where (v.family = 'A') or (v.family = 'C') -> tgt.name as n, "
                     "n.family = v.family;",
                     three_names),
              names("AC"));
}

TEST(MapRule, SeesVariablesInFhirpathWithAndWithoutPercent) {
    const std::string rules =
        "src.name as v -> ('Dr ') as title then {"
        " v.family as f where (f = 'B' or %v.family = 'C') -> tgt.name as n, n.text = (title & "
        "%f); };";
    EXPECT_EQ(mapped(rules, three_names),
              R"({"resourceType":"Patient","name":[{"text":"Dr B"},{"text":"Dr C"}]})");
}

TEST(MapRule, PairsTheItemsOfSeveralSources) {
    EXPECT_EQ(
        mapped("src.name as v where (v.family = 'A'), src.name as w where (w.family != 'A') -> "
               "tgt.name as n, n.family = append(v.family, w.family);",
               three_names),
        R"({"resourceType":"Patient","name":[{"family":"AB"},{"family":"AC"}]})");
}

TEST(MapRule, ReportsTooManyTooFewAndFailedChecksAndGoesOn) {
    const Outcome run = run_rules(
        "src.name only_one as v -> tgt.name as n, n.family = v.family \"one name only\";\n"
        "src.id 1..1 as v -> tgt.id = v;\n"
        "src.name as v check (v.family != 'C') -> tgt.active = true \"r\";",
        three_names);
    EXPECT_THAT(
        run.issues,
        ElementsAre(HasSubstr("error structure Patient.name[1] 1:50 : one name only (src.name: "
                              "there may be one, there are 3; the first is taken)"),
                    HasSubstr("error required Patient"),
                    HasSubstr("error invariant Patient.name[2]")));
    EXPECT_EQ(run.json, R"({"resourceType":"Patient","active":true,"name":[{"family":"A"}]})");
}

TEST(MapRule, NamesTheSourceFieldOfAMissingSegment) {
    const Outcome run =
        run_rules("src.PID 1..1 as pid -> tgt.active = true \"A referral needs one PID segment\";",
                  "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\r");
    EXPECT_THAT(run.issues, ElementsAre(HasSubstr("1:1 : A referral needs one PID segment")));
}

TEST(MapRule, SpeaksUpWhereItIsToldTo) {
    const Outcome run = run_rules(
        "src.PID as p then { p.f30 as v where (v = 'Y') log('warning: the patient is reported "
        "dead'); };",
        "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\rPID|||1|||||||||||||||||||||||||||"
        "Y\r");
    EXPECT_THAT(run.issues,
                ElementsAre("warning business-rule PID-30 2:35 : the patient is reported dead"));
}

TEST(MapRule, LogsForExplain) {
    const Outcome run = run_rules("src.name as v log(v.family) -> tgt.active = true;", three_names);
    ASSERT_EQ(run.log.size(), 3U);
    EXPECT_EQ(run.log[1].text, "B");
}

TEST(MapRule, ReadsUndividedPartsAsTheirFirst) {
    const std::string head = "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\r";
    const std::string rules =
        "src.PID as p then { p.f5 as x -> tgt.name as n then {"
        " x.c1.s1 as f -> n.family = f; x.c2 as g -> n.given = g; }; };";
    const std::string expected =
        R"({"resourceType":"Patient","name":[{"family":"van Dyk","given":["Jo"]}]})";
    EXPECT_EQ(mapped(rules, head + "PID|||||van Dyk&van&Dyk^Jo\r"), expected);
    EXPECT_EQ(mapped(rules, head + "PID|||||van Dyk^Jo\r"), expected);
    EXPECT_EQ(mapped(rules, head + "PID|||||van Dyk\r"),
              R"({"resourceType":"Patient","name":[{"family":"van Dyk"}]})");
}

TEST(MapRule, TakesAnExplicitNullForAbsent) {
    EXPECT_EQ(
        mapped("src.PID as p then { p.f8 as v -> tgt.gender = v; p.f7 as v -> tgt.birthDate = "
               "v2Date(v); };",
               "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\rPID|||||||19700101|\"\"\r"),
        R"({"resourceType":"Patient","birthDate":"1970-01-01"})");
}

// --- groups

std::string run_map_text(const std::string& text, std::string source) {
    const auto maps = linked(text);
    const MapInputText input{std::move(source)};
    MapResult result = run(*maps, input);
    EXPECT_THAT(issue_lines(result.issues), IsEmpty());
    return write_json(result.target);
}

TEST(MapGroup, PassesValuesAndRunsItsBaseFirst) {
    EXPECT_EQ(
        run_map_text("/// url = 'u'\n"
                     "group g(source s : Patient, target t : Patient) {"
                     " s.name as v -> t.name as n, ('!') as mark then h(v, n, mark, 'Ms'); }\n"
                     "group base(source a, target b, source c, source d) { a -> b.prefix = d; }\n"
                     "group h(source v, target n : HumanName, source m, source p) extends base {"
                     " v.family as f -> n.family = append(f, m); }",
                     three_names),
        R"({"resourceType":"Patient","name":[{"family":"A!","prefix":["Ms"]},)"
        R"({"family":"B!","prefix":["Ms"]},{"family":"C!","prefix":["Ms"]}]})");
}

TEST(MapGroup, IsChosenByTypesForACopy) {
    EXPECT_EQ(run_map_text("/// url = 'u'\n"
                           "group g(source s : Patient, target t : Patient) { s.name -> t.name; "
                           "s.gender -> t.gender; }\n"
                           "group n(source s : HumanName, target t : HumanName) <<type+>> { "
                           "s.family as f -> t.text = f; }",
                           R"({"resourceType":"Patient","name":[{"family":"A"}],"gender":"male"})"),
              R"({"resourceType":"Patient","name":[{"text":"A"}],"gender":"male"})");
}

TEST(MapGroup, CopiesWholeElementsWhereNoGroupIsMeant) {
    EXPECT_EQ(
        mapped("src.name -> tgt.name;\nsrc.birthDate -> tgt.birthDate;",
               R"({"resourceType":"Patient","name":[{"family":"A","given":["x","y"]}],)"
               R"("birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueString":"v"}]}})"),
        R"({"resourceType":"Patient","name":[{"family":"A","given":["x","y"]}],)"
        R"("birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueString":"v"}]}})");
}

TEST(MapGroup, StopsEndlessRecursionWithAnIssue) {
    const auto maps = linked(
        "/// url = 'u'\ngroup g(source s : Patient, target t : Patient) { s then g(s, t); }");
    const MapInputText input{three_names};
    const MapResult result = run(*maps, input);
    ASSERT_EQ(result.issues.size(), 1U);
    EXPECT_EQ(result.issues[0].code, "too-costly");
    EXPECT_EQ(result.issues[0].severity, Severity::fatal);
}

TEST(MapGroup, StopsAtItsStepLimit) {
    const auto maps = linked(patient_map(
        "src.name as a then { src.name as b then { src.name as c -> tgt.active = true; }; };"));
    const MapInputText input{three_names};
    MapContext context = test_context();
    context.limits.steps = 20;
    const MapResult result = run(*maps, input, context);
    ASSERT_EQ(result.issues.size(), 1U);
    EXPECT_EQ(result.issues[0].code, "too-costly");
}

TEST(MapGroup, ReportsAnExpressionThatCannotBeWorkedOut) {
    const Outcome run =
        run_rules("src.name as v -> tgt.name as n, n.text = (src.name.family + 'x');", three_names);
    EXPECT_THAT(run.issues, testing::Each(HasSubstr("error processing Patient.name")));
    EXPECT_EQ(run.issues.size(), 3U);
}

}  // namespace
}  // namespace gateway
