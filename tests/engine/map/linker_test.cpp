#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/engine/map/map_set.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> rule_faults(std::string_view rules) {
    return faults_of(patient_map(rules));
}

std::vector<std::string> link_texts(std::vector<MapFile> files) {
    std::vector<std::string> texts;
    for (const Issue& issue : link_maps(files, test_link_context()).issues) {
        texts.push_back(issue.source + ":" + std::to_string(issue.position.line) + " " +
                        std::string{to_string(issue.severity)} + " " + issue.text);
    }
    return texts;
}

MapFile library(const std::string& name, const std::string& groups) {
    return {name + ".fml", "/// url = 'http://lib/" + name + "'\n" + groups};
}

TEST(MapLinker, NamesAnUnknownSourceElementAndTheNearest) {
    EXPECT_THAT(rule_faults("src.birthDat as v -> tgt.birthDate = v;"),
                ElementsAre("4:5 Patient has no element `birthDat`; did you mean `birthDate`?"));
}

TEST(MapLinker, NamesAnUnknownTargetElementDeepInside) {
    EXPECT_THAT(
        rule_faults("src.name as v -> tgt.name as n then { v.family as f -> n.familly = f; };"),
        ElementsAre("4:58 HumanName has no element `familly`; did you mean `family`?"));
}

TEST(MapLinker, ReportsAllFaultsAtOnce) {
    EXPECT_EQ(
        rule_faults("src.x -> tgt.y;\nsrc -> tgt.gender = nothing(src);\nsrc then other(src);")
            .size(),
        4U);
}

TEST(MapLinker, WantsATypeForAChoiceAndForAResource) {
    EXPECT_THAT(rule_faults("src -> tgt.deceased as d;"), testing::IsEmpty());  // a copy: by value
    EXPECT_THAT(rule_faults("src -> tgt.deceased as d then { src -> d.value = true; };"),
                ElementsAre(HasSubstr("`deceased` is a choice: say which type with = create('…'), "
                                      "one of boolean, dateTime")));
    EXPECT_THAT(rule_faults("src -> tgt.contained as c, c.id = 'x';"),
                Contains(HasSubstr("`contained` may hold any Resource")));
}

TEST(MapLinker, KnowsItsVariables) {
    EXPECT_THAT(
        rule_faults("src.id as value -> tgt.id = valu;"),
        ElementsAre("4:29 there is no variable or constant `valu` here; did you mean `value`?"));
    EXPECT_THAT(rule_faults("src.id as v where (%w = 'x') -> tgt.id = v;"),
                ElementsAre(HasSubstr("4:20 there is no variable or constant `%w` here")));
    EXPECT_THAT(rule_faults("src.id as v -> src.id = v;"),
                ElementsAre(HasSubstr("there is no target variable `src`")));
}

TEST(MapLinker, KeepsVariablesToTheirRule) {
    EXPECT_THAT(rule_faults("src.id as v -> tgt.id = v;\nsrc -> tgt.id = v;"),
                ElementsAre(HasSubstr("5:17 there is no variable or constant `v`")));
}

TEST(MapLinker, ChecksHl7v2NamesByForm) {
    EXPECT_THAT(faults_of(hl7v2_map("src.PID as p then { p.F3 as v -> tgt.id = v; p.f3.c1 as w -> "
                                    "tgt.id = w; p.name as x -> tgt.id = x; };")),
                ElementsAre(HasSubstr("`name` is no part of an HL7 v2 message")));
}

TEST(MapLinker, ChecksTransformsAndTheirArguments) {
    EXPECT_THAT(rule_faults("src.id as v -> tgt.id = trunkate(v, 3);"),
                ElementsAre("4:25 there is no transform `trunkate`; did you mean `truncate`?"));
    EXPECT_THAT(rule_faults("src.id as v -> tgt.id = truncate(v);"),
                ElementsAre(HasSubstr("truncate() takes 2 to 2 arguments, 1 are given")));
    EXPECT_THAT(rule_faults("src.gender as v -> tgt.gender = translate(v, '#none', 'code');"),
                ElementsAre(HasSubstr("there is no concept map `#none`")));
    EXPECT_THAT(rule_faults("src -> tgt.contact = create('Kontact');"),
                ElementsAre(HasSubstr("`Kontact` is no FHIR type")));
}

TEST(MapLinker, WantsObjectsInATargetOfTheirOwn) {
    EXPECT_THAT(rule_faults("src -> tgt.id = append('x', cc('s', 'c'));"),
                ElementsAre(HasSubstr("cc() makes an object")));
}

TEST(MapLinker, ReportsAFaultInFhirpathWhereItStandsInTheFile) {
    EXPECT_THAT(rule_faults("src.id as v where (v.nosuch() = 1) -> tgt.id = v;"),
                ElementsAre(HasSubstr("4:2")));
}

TEST(MapLinker, ChecksCallsOfGroups) {
    const std::string group = "group h(source s : HumanName, target t : HumanName) {}\n";
    const std::string head = "/// url = 'http://m'\n" + group;
    const auto faults = [&](const std::string& rules) {
        return faults_of(head + "group g(source src : Patient, target tgt : Patient) {\n" + rules +
                         "\n}");
    };
    EXPECT_THAT(faults("src.name as n -> tgt.name as m then h(n);"),
                ElementsAre("4:37 group `h` takes 2 arguments, 1 are given"));
    EXPECT_THAT(faults("src.name as n -> tgt.name as m then h(n, n);"),
                ElementsAre(HasSubstr("parameter `t` is a target: give a target variable")));
    EXPECT_THAT(faults("src.name as n -> tgt.address as m then h(n, m);"),
                ElementsAre("4:45 parameter `t` is a HumanName, a Address is given"));
    EXPECT_THAT(faults("src.name as n -> tgt.name as m then hh(n, m);"),
                ElementsAre(HasSubstr("there is no group `hh` in this map or its imports")));
}

TEST(MapLinker, FindsGroupsInImportsOnly) {
    const MapFile main{"main.fml",
                       "/// url = 'http://m'\nimports \"http://lib/a*\"\n"
                       "group g(source s, target t : Patient) { s then h(s, t); }"};
    EXPECT_THAT(link_texts({main, library("a1", "group h(source s, target t) {}")}),
                testing::IsEmpty());
    EXPECT_THAT(link_texts({main, library("b", "group h(source s, target t) {}"),
                            library("a1", "group x(source s, target t) {}")}),
                ElementsAre(HasSubstr("main.fml:3 error there is no group `h`")));
    EXPECT_THAT(link_texts({main, library("a1", "group h(source s, target t) {}"),
                            library("a2", "group h(source s, target t) {}")}),
                Contains(HasSubstr("two imported maps have a group `h`")));
}

TEST(MapLinker, SaysWhichImportIsMissing) {
    const std::string group = "\ngroup g(source s, target t) {}";
    EXPECT_THAT(link_texts({{"m.fml", "/// url = 'u'\nimports \"http://x\"" + group}}),
                ElementsAre(HasSubstr("m.fml:2 error no map has the url http://x")));
    EXPECT_THAT(link_texts({{"m.fml", "/// url = 'u'\nimports \"http://x*\"" + group}}),
                ElementsAre(HasSubstr("m.fml:2 warning no map fits http://x*")));
}

TEST(MapLinker, RefusesWhatIsThereTwice) {
    EXPECT_THAT(
        faults_of("/// url = 'u'\ngroup g(source s, target t) {}\ngroup g(source s, target t) {}"),
        Contains(HasSubstr("there is a group `g` in this map already")));
    const MapFile one = library("a", "group g(source s, target t) {}");
    EXPECT_THAT(link_texts({one, one}), Contains(HasSubstr("the url is that of a.fml already")));
}

TEST(MapLinker, RefusesAGroupThatExtendsItself) {
    EXPECT_THAT(faults_of("/// url = 'u'\ngroup a(source s, target t) extends b {}\n"
                          "group b(source s, target t) extends a {}"),
                Contains(HasSubstr("extends itself")));
}

TEST(MapLinker, RefusesADropThatMaps) {
    EXPECT_THAT(rule_faults("src.id as v log('dropped: no use') -> tgt.id = v;"),
                ElementsAre(HasSubstr("has no target and no `then`")));
    EXPECT_THAT(rule_faults("src.id as v log('dropped:');"),
                ElementsAre(HasSubstr("needs a reason")));
}

TEST(MapLinker, DigestsAMapWithItsImports) {
    const MapFile main{
        "main.fml",
        "/// url = 'http://m'\nimports \"http://lib/*\"\ngroup g(source s, target t) {}"};
    const auto digest = [&](const std::string& text) {
        const std::vector<MapFile> files = {main, library("a", text)};
        return std::string{link_maps(files, test_link_context()).maps->digest("http://m")};
    };
    EXPECT_EQ(digest("group h(source s) {}").size(), 64U);
    EXPECT_EQ(digest("group h(source s) {}"), digest("group h(source s) {}"));
    EXPECT_NE(digest("group h(source s) {}"), digest("group h(source s) { }"));
}

}  // namespace
}  // namespace gateway
