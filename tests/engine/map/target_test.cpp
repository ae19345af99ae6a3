// What targets and transforms make of values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/format/hl7v2/writer.h"
#include "gateway/format/json/writer.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* head = "MSH|^~\\&|A|B|C|D|20260203||REF^I12^REF_I12|1|P|2.4\r";
constexpr const char* patient =
    R"({"resourceType":"Patient","id":"p1","gender":"male","name":[{"family":"Ångström"}]})";

struct Made {
    std::string json;
    std::vector<std::string> issues;
};

// A map from Patient into any type.
Made make(std::string_view type, std::string_view rules, const std::string& source = patient) {
    const auto maps = linked(
        "/// url = 'http://test/map'\n/// version = '7'\n"
        "conceptmap \"Sex\" { prefix s = \"http://s\" prefix t = \"http://t\""
        " s:male - t:M s:other - t:O s:unknown -- }\n"
        "let base = 'http://x/';\n"
        "group g(source src : Patient, target tgt : " +
        std::string{type} + ") {\n" + std::string{rules} + "\n}");
    if (maps == nullptr) {
        return {};
    }
    const MapInputText input{source};
    const MapResult result = run(*maps, input);
    return {write_json(result.target), issue_lines(result.issues)};
}

std::string json(std::string_view type, std::string_view rules,
                 const std::string& source = patient) {
    Made made = make(type, rules, source);
    EXPECT_THAT(made.issues, IsEmpty());
    return made.json;
}

TEST(MapTarget, GivesAChoiceTheNameOfItsType) {
    EXPECT_EQ(json("Observation",
                   "src -> tgt.value = create('Quantity') as q, q.value = '1.50', q.unit = 'mg';"),
              R"({"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mg"}})");
    EXPECT_EQ(json("Observation", "src -> tgt.value = 12;"),
              R"({"resourceType":"Observation","valueInteger":12})");
    EXPECT_EQ(json("Observation", "src -> tgt.value = true;"),
              R"({"resourceType":"Observation","valueBoolean":true})");
    EXPECT_EQ(json("Observation", "src.gender as v -> tgt.value = v;"),
              R"({"resourceType":"Observation","valueString":"male"})");
    EXPECT_EQ(json("Observation", "src.gender as v -> tgt.valueString = v;"),
              R"({"resourceType":"Observation","valueString":"male"})");
    EXPECT_EQ(json("Observation", "src -> tgt.effective = @2026-02-03T10:00:00Z;"),
              R"({"resourceType":"Observation","effectiveDateTime":"2026-02-03T10:00:00Z"})");
    EXPECT_EQ(json("Observation", "src -> tgt.value = cast('2026', 'dateTime');"),
              R"({"resourceType":"Observation","valueDateTime":"2026"})");
}

TEST(MapTarget, SaysWhatAChoiceCannotBe) {
    const Made made = make("Patient", "src -> tgt.deceased = 12;");
    EXPECT_EQ(made.json, R"({"resourceType":"Patient"})");
    EXPECT_THAT(made.issues, ElementsAre(HasSubstr("`Patient.deceased[x]` cannot be a integer")));
}

TEST(MapTarget, LeavesOutNumbersThatAreNone) {
    const Made made =
        make("Observation", "src.gender as v -> tgt.value = create('Quantity') as q, q.value = v;");
    EXPECT_EQ(made.json, R"({"resourceType":"Observation"})");
    EXPECT_THAT(made.issues, ElementsAre(HasSubstr("warning value Patient.gender 1:46 "
                                                   "Observation.valueQuantity.value: no decimal")));
}

TEST(MapTarget, BuildsABundleOfResources) {
    EXPECT_EQ(
        json("Bundle",
             "src -> tgt.type = 'collection';\n"
             "src -> tgt.entry as e, e.fullUrl = append('urn:uuid:', uuid()), e.resource = "
             "create('Patient') as p, p.active = true;\n"
             "src -> create('Task') as t, tgt.entry as e, t.status = 'requested', e.resource = t, "
             "t.for = reference(src);"),
        R"({"resourceType":"Bundle","type":"collection","entry":[)"
        R"({"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","active":true}},)"
        R"({"resource":{"resourceType":"Task","status":"requested","for":{"reference":"Patient/p1"}}}]})");
}

TEST(MapTarget, PutsChildrenInTheOrderOfTheDefinitionAndKeepsItemsTogether) {
    EXPECT_EQ(
        json("Patient",
             "src -> tgt.birthDate = '1970';\n src -> tgt.name as n, n.given = 'b', n.family = "
             "'a';\n"
             "src -> tgt.active = true;\n src -> tgt.id = 'x';\n src -> tgt.name as n, n.text = "
             "'c';"),
        R"({"resourceType":"Patient","id":"x","active":true,"name":[{"family":"a","given":["b"]},{"text":"c"}],"birthDate":"1970"})");
}

TEST(MapTarget, DropsWhatStaysEmpty) {
    EXPECT_EQ(json("Patient",
                   "src -> tgt.name as n then { src.deceased as d -> n.text = 'x'; };\n"
                   "src -> tgt.contact as c, c.name as n, n.period as p;"),
              R"({"resourceType":"Patient"})");
}

TEST(MapTarget, PlacesAndSharesItemsByListMode) {
    EXPECT_EQ(
        json("Patient",
             "src -> tgt.name as n, n.text = 'b';\n src -> tgt.name as n last, n.text = 'd';\n"
             "src -> tgt.name as n first, n.text = 'a';\n src -> tgt.name as n, n.text = 'c';"),
        R"({"resourceType":"Patient","name":[{"text":"a"},{"text":"b"},{"text":"c"},{"text":"d"}]})");
    EXPECT_EQ(json("Patient",
                   "src -> tgt.name as n, n.text = 'a';\n"
                   "src -> tgt.name as n single, n.family = 'b';"),
              R"({"resourceType":"Patient","name":[{"text":"a","family":"b"}]})");
}

TEST(MapTarget, SharesTheNthItemWithTheNthItem) {
    EXPECT_EQ(
        json(
            "Patient",
            "src.name as v -> tgt.name as n share key, n.family = v.family;\n"
            "src.name as v -> tgt.name as n share key, n.text = v.text;",
            R"({"resourceType":"Patient","name":[{"family":"A","text":"a"},{"family":"B","text":"b"}]})"),
        R"({"resourceType":"Patient","name":[{"text":"a","family":"A"},{"text":"b","family":"B"}]})");
}

TEST(MapTarget, KeepsTheFirstOfTwoDifferentValues) {
    const Made made = make(
        "Patient",
        "src -> tgt.gender = 'male';\nsrc -> tgt.gender = 'male';\nsrc -> tgt.gender = 'female';");
    EXPECT_EQ(made.json, R"({"resourceType":"Patient","gender":"male"})");
    EXPECT_THAT(made.issues, ElementsAre(HasSubstr("warning multiple-matches")));
}

TEST(MapTarget, FillsARepeatingElementFromSeveralResults) {
    EXPECT_EQ(json("Patient", "src -> tgt.name as n, n.given = ('a' | 'b' | 'c');"),
              R"({"resourceType":"Patient","name":[{"given":["a","b","c"]}]})");
}

TEST(MapTarget, GoesThroughLongerPaths) {
    EXPECT_EQ(
        json("Patient",
             "src -> tgt.maritalStatus.coding.code = 'M', tgt.maritalStatus.coding.display = "
             "'Married';"),
        R"({"resourceType":"Patient","maritalStatus":{"coding":[{"code":"M","display":"Married"}]}})");
}

TEST(MapTarget, RefusesAPlainValueForAnObject) {
    const Made made = make("Patient", "src -> tgt.name = 'x';");
    EXPECT_THAT(made.issues,
                ElementsAre(HasSubstr("a plain value does not fit where a HumanName is needed")));
    EXPECT_EQ(
        json("Basic", "src -> tgt.subject = 'Patient/1', tgt.code = 'text';"),
        R"({"resourceType":"Basic","code":{"text":"text"},"subject":{"reference":"Patient/1"}})");
}

TEST(MapTarget, WritesHl7v2) {
    const auto maps = linked(
        "/// url = 'u'\nuses \"http://hl7.org/v2/StructureDefinition/RRI_I12\" alias RRI as "
        "target\n"
        "group g(source src : Patient, target tgt : RRI) {\n"
        "src -> tgt.MSH as msh, msh.f9 as t, t.c1 = 'RRI', t.c2 = 'I12', msh.f7 = "
        "v2Timestamp(now()), msh.f10 = '1';\n"
        "src -> tgt.PID as pid then { src.name as n -> pid.f5.c1 = (n.family & '^|'); src.id as i "
        "-> pid.f3 = i;  };\n}");
    const MapInputText input{patient};
    const MapResult result = run(*maps, input);
    EXPECT_THAT(issue_lines(result.issues), IsEmpty());
    EXPECT_EQ(write_hl7v2(result.target),
              "MSH|^~\\&|||||20260203040000.000+0000||RRI^I12|1\rPID|||p1||Ångström\\S\\\\F\\\r");
}

// --- transforms

TEST(MapTransform, MakesTexts) {
    EXPECT_EQ(json("Basic", "src.name as n -> tgt.id = truncate(n.family, 3);"),
              R"({"resourceType":"Basic","id":"Ång"})");
    EXPECT_EQ(
        json("Basic", "src -> tgt.implicitRules = append(base, src.gender, src.birthDate, '/x');"),
        R"({"resourceType":"Basic","implicitRules":"http://x/male/x"})");
    EXPECT_EQ(json("Basic",
                   "src -> tgt.implicitRules = append(%partner, ' ', %mapUrl, ' ', mapVersion);"),
              R"({"resourceType":"Basic","implicitRules":"north-clinic http://test/map 7"})");
    EXPECT_EQ(json("Basic", "src -> tgt.implicitRules = escape('<a&\"b\">', 'text', 'xml');"),
              R"({"resourceType":"Basic","implicitRules":"&lt;a&amp;&quot;b&quot;&gt;"})");
}

TEST(MapTransform, TranslatesCodes) {
    EXPECT_EQ(json("Basic", "src.gender as v -> tgt.id = translate(v, '#Sex', 'code');"),
              R"({"resourceType":"Basic","id":"M"})");
    EXPECT_EQ(
        json("Basic", "src.gender as v -> tgt.code = translate(v, 'Sex', 'CodeableConcept');"),
        R"({"resourceType":"Basic","code":{"coding":[{"system":"http://t","code":"M"}]}})");
    EXPECT_EQ(json("Basic",
                   "src.gender as v -> tgt.code as c, c.coding = translate(v, 'Sex', 'Coding');"),
              R"({"resourceType":"Basic","code":{"coding":[{"system":"http://t","code":"M"}]}})");
    EXPECT_EQ(json("Basic", "src.gender as v -> tgt.id = translate(v, 'Sex', 'code');",
                   R"({"resourceType":"Patient","gender":"unknown"})"),
              R"({"resourceType":"Basic"})");
    const Made made = make("Basic", "src.gender as v -> tgt.id = translate(v, 'Sex', 'code');",
                           R"({"resourceType":"Patient","gender":"female"})");
    EXPECT_THAT(made.issues, ElementsAre(HasSubstr("warning code-invalid Patient.gender 1:36 ")));
}

TEST(MapTransform, TakesTransformsAsArguments) {
    EXPECT_EQ(
        json("Basic",
             "src.gender as v -> tgt.id = append(translate(v, 'Sex', 'code'), '-', "
             "truncate(append('ab', 'cd'), 3), '-', (v.upper()), '-', iif(v = 'male', 'x', 'y'));"),
        R"({"resourceType":"Basic","id":"M-abc-MALE-x"})");
}

TEST(MapTransform, BuildsDatatypes) {
    EXPECT_EQ(
        json("Basic", "src -> tgt.code = cc('http://s', 'c', 'd');"),
        R"({"resourceType":"Basic","code":{"coding":[{"system":"http://s","code":"c","display":"d"}]}})");
    EXPECT_EQ(json("Basic", "src -> tgt.code = cc('only text');"),
              R"({"resourceType":"Basic","code":{"text":"only text"}})");
    EXPECT_EQ(
        json("Basic", "src -> tgt.identifier = id('http://s', src.id, 'MR');"),
        R"({"resourceType":"Basic","identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"http://s","value":"p1"}]})");
    EXPECT_EQ(json("Basic", "src -> tgt.identifier = id('http://s', src.birthDate);"),
              R"({"resourceType":"Basic"})");
    EXPECT_EQ(
        json("Patient", "src -> tgt.telecom = cp('phone', '123'), tgt.telecom = cp('456');"),
        R"({"resourceType":"Patient","telecom":[{"system":"phone","value":"123"},{"value":"456"}]})");
    EXPECT_EQ(json("Observation", "src -> tgt.value = qty('4.0 mg');"),
              R"({"resourceType":"Observation","valueQuantity":{"value":4.0,"unit":"mg"}})");
    EXPECT_EQ(
        json("Observation", "src -> tgt.value = qty(7, 'mg', 'http://unitsofmeasure.org', 'mg');"),
        R"({"resourceType":"Observation","valueQuantity":{"value":7,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}})");
}

TEST(MapTransform, MovesDates) {
    const std::string source =
        R"({"resourceType":"Patient","birthDate":"2024-02-29","deceasedDateTime":"2026-01-31T10:00:00+10:00"})";
    EXPECT_EQ(json("Patient", "src.birthDate as d -> tgt.birthDate = dateOp(d, '+', 1, 'years');",
                   source),
              R"({"resourceType":"Patient","birthDate":"2025-02-28"})");
    EXPECT_EQ(json("Patient", "src.birthDate as d -> tgt.birthDate = (%d + 5 days);", source),
              R"({"resourceType":"Patient","birthDate":"2024-03-05"})");
    EXPECT_EQ(json("Patient", "src.deceased as d -> tgt.deceased = (%d - 5 days);", source),
              R"({"resourceType":"Patient","deceasedDateTime":"2026-01-26T10:00:00+10:00"})");
}

TEST(MapTransform, MakesStableIds) {
    const std::string one = json("Basic", "src -> tgt.id = stableId('patient', %partner, src.id);");
    EXPECT_EQ(one, json("Basic", "src -> stableId('patient', partner, src.id) as i, tgt.id = i;"));
    EXPECT_NE(one, json("Basic", "src -> tgt.id = stableId('practitioner', %partner, src.id);"));
    const Made made = make("Basic", "src -> tgt.id = stableId('patient', src.birthDate);");
    EXPECT_THAT(made.issues, ElementsAre(HasSubstr("warning required")));
    EXPECT_EQ(made.json, R"({"resourceType":"Basic"})");
}

std::vector<std::string> v2_issues(std::string_view rules, const std::string& segment,
                                   std::string& out) {
    const auto maps = linked(hl7v2_map(rules));
    const MapInputText input{std::string{head} + segment};
    const MapResult result = run(*maps, input);
    out = write_json(result.target);
    return issue_lines(result.issues);
}

TEST(MapTransform, MakesHl7v2TimesWithTheZoneOfTheContext) {
    EXPECT_EQ(
        mapped("src.PID as p then { p.f29 as d -> tgt.deceased = v2DateTime(d); p.f7 as b -> "
               "tgt.birthDate = v2Date(b); };",
               std::string{head} + "PID|||||||197001020304||||||||||||||||||||||20260203130507\r"),
        R"({"resourceType":"Patient","birthDate":"1970-01-02","deceasedDateTime":"2026-02-03T13:05:07+10:00"})");
}

TEST(MapTransform, NamesTheFieldOfATimeThatIsNone) {
    std::string out;
    EXPECT_THAT(v2_issues("src.PID as p then { p.f7 as b -> tgt.birthDate = v2Date(b); };",
                          "PID|||||||31/01/1970\r", out),
                ElementsAre(HasSubstr("warning value PID-7 2:11 : no date or time of HL7 v2")));
    EXPECT_EQ(out, R"({"resourceType":"Patient"})");
}

TEST(MapTransform, QuotesNoValueInAnIssue) {
    std::string out;
    for (const std::string& line : v2_issues("src.PID as p then { p.f7 as b -> tgt.birthDate = "
                                             "v2Date(b); p.f8 as s -> tgt.active = s; };",
                                             "PID|||||||SECRET|SECRET\r", out)) {
        EXPECT_THAT(line, testing::Not(HasSubstr("SECRET")));
    }
}

}  // namespace
}  // namespace gateway
