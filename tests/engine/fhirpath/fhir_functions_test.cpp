// The functions that FHIR adds (R4 fhirpath.html#functions), and those of the specification that no
// official suite covers: what they answer, what they refuse, what they need a host for.
#include <map>

#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view condition_json = R"({
  "resourceType": "Condition",
  "modifierExtension": [{"url": "http://example.org/negated", "valueBoolean": true}],
  "subject": {"reference": "Patient/1"},
  "clinicalStatus": {"coding": [{"system": "urn:s", "code": "active"}]},
  "severity": {"coding": [{"system": "urn:other", "code": "x"}, {"system": "urn:s", "code": "pain"}]},
  "code": {"coding": [{"system": "urn:s", "code": "back-pain"}]},
  "bodySite": [{"text": "back"}],
  "category": [{"coding": [{"system": "urn:third", "code": "x"}]}]
})";

// urn:s: pain > back-pain > low-back-pain; `active` stands beside them.
class Terminology final : public PathHost {
public:
    std::optional<bool> subsumes(std::string_view system, std::string_view above,
                                 std::string_view below) override {
        if (system != "urn:s") {
            return std::nullopt;
        }
        static const std::map<std::string_view, std::string_view> parents{
            {"low-back-pain", "back-pain"}, {"back-pain", "pain"}};
        for (auto at = parents.find(below); at != parents.end(); at = parents.find(at->second)) {
            if (at->second == above) {
                return true;
            }
        }
        return false;
    }

    std::optional<bool> in_slice(const Value& element, std::string_view structure,
                                 std::string_view slice) override {
        if (structure != "urn:profile" || slice != "ours") {
            return std::nullopt;
        }
        return element.document().child_value(element.node(), "system") == "urn:s";
    }
};

class FhirFunctions : public PathTest {
protected:
    FhirFunctions() : condition_(read(condition_json)) {
        context_.set_focus(root_value(condition_, schema_.get()));
        context_.set_host(&host_);
    }

    Document condition_;
    Terminology host_;
};

TEST_F(FhirFunctions, SubsumptionFollowsTheHostsHierarchy) {
    expect({
        {"severity.subsumes(code)", {"Boolean:true"}},
        {"code.subsumes(severity)", {"Boolean:false"}},
        {"code.subsumedBy(severity)", {"Boolean:true"}},
        {"severity.subsumedBy(code)", {"Boolean:false"}},
        {"clinicalStatus.subsumes(code)", {"Boolean:false"}},
        {"code.subsumes(code)", {"Boolean:true"}},
        {"code.coding.subsumes(code.coding)", {"Boolean:true"}},
        {"severity.coding[1].subsumes(code)", {"Boolean:true"}},
        {"category.subsumes(category)", {"Boolean:true"}},  // the same code needs no host
        {"{}.subsumes(code)", {}},
        {"code.subsumes({})", {}},
        {"stage.subsumedBy(code)", {}},
    });
}

TEST_F(FhirFunctions, SubsumptionThatNobodyKnowsIsAFault) {
    EXPECT_THAT(fault("category.subsumes(code)").text, HasSubstr("is not known"));
    EXPECT_THAT(fault("severity.coding[0].subsumes(code.coding)").text, HasSubstr("not known"));
    EXPECT_THAT(fault("bodySite.subsumes(code)").text, HasSubstr("Coding or CodeableConcept"));
    EXPECT_THAT(fault("code.subsumes('pain')").text, HasSubstr("Coding or CodeableConcept"));
    EXPECT_THAT(fault("code.coding.code.subsumes(code)").text, HasSubstr("Coding"));
    EXPECT_THAT(fault("children().subsumes(code)").text, HasSubstr("one value is needed"));
    context_.set_host(nullptr);
    expect({{"code.subsumes(code)", {"Boolean:true"}}});
    EXPECT_THAT(fault("severity.subsumes(code)").text, HasSubstr("cannot be answered here"));
}

TEST_F(FhirFunctions, SliceKeepsWhatIsInIt) {
    expect({
        {"severity.coding.slice('urn:profile', 'ours').code", {"code:pain"}},
        {"category.coding.slice('urn:profile', 'ours')", {}},
        {"{}.slice('urn:nowhere', 'x')", {}},
        {"severity.coding.slice({}, 'ours')", {}},
    });
    EXPECT_THAT(fault("severity.coding.slice('urn:profile', 'theirs')").text,
                HasSubstr("no slice 'theirs'"));
    context_.set_host(nullptr);
    EXPECT_THAT(fault("severity.coding.slice('urn:profile', 'ours')").text,
                HasSubstr("cannot be answered here"));
}

TEST_F(FhirFunctions, CheckModifiersLetsThroughWhatItNames) {
    expect({
        {"checkModifiers('http://example.org/negated').subject.reference", {"string:Patient/1"}},
        {"checkModifiers('urn:x', 'http://example.org/negated').count()", {"Integer:1"}},
        {"checkModifiers('urn:x' | 'http://example.org/negated').count()", {"Integer:1"}},
        {"severity.coding.checkModifiers().count()", {"Integer:2"}},
        {"{}.checkModifiers('urn:x')", {}},
    });
    for (const char* expression :
         {"checkModifiers()", "checkModifiers('urn:x')", "checkModifiers({})",
          "(code | $this).checkModifiers('urn:x')"}) {
        const Issue issue = fault(expression);
        EXPECT_THAT(issue.text, HasSubstr("checkModifiers() does not name")) << expression;
        EXPECT_THAT(issue.text, Not(HasSubstr("negated"))) << expression;
    }
}

// What stands in no official suite, each with its empty input, its faults and its other side.
TEST_F(PathTest, ConversionsAndTruthsThatNoOfficialSuiteCovers) {
    expect({
        {"(true.combine(true)).anyTrue()", {"Boolean:true"}},
        {"(false.combine(false)).anyTrue()", {"Boolean:false"}},
        {"(false.combine(false)).allFalse()", {"Boolean:true"}},
        {"(true.combine(true)).anyFalse()", {"Boolean:false"}},
        {"active.anyTrue()", {"Boolean:true"}},
        {"active.allFalse()", {"Boolean:false"}},
        {"active.anyFalse()", {"Boolean:false"}},
        {"birthDate.toDate()", {"Date:1974-12-25"}},
        {"@2015-02-04.toDate()", {"Date:2015-02-04"}},
        {"@2015T.toDate()", {"Date:2015"}},
        {"'2015-02-04T14:34:28'.toDate()", {}},
        {"'no date'.toDate()", {}},
        {"5.toDate()", {}},
        {"{}.toDate()", {}},
        {"@T14:34.toTime()", {"Time:14:34"}},
        {"'14'.toTime()", {"Time:14"}},
        {"'14:34:28.123'.toTime()", {"Time:14:34:28.123"}},
        {"'14:60'.toTime()", {}},
        {"true.toTime()", {}},
        {"{}.toTime()", {}},
        {"5.toLong()", {"Long:5"}},
        {"true.toLong()", {"Long:1"}},
        {"'-9223372036854775808'.toLong()", {"Long:-9223372036854775808"}},
        {"'9223372036854775808'.toLong()", {}},
        {"'1.0'.toLong()", {}},
        {"{}.toLong()", {}},
        {"'9223372036854775807'.convertsToLong()", {"Boolean:true"}},
        {"timeOfDay() is Time", {"Boolean:true"}},
        {"timeOfDay() = timeOfDay()", {"Boolean:true"}},
    });
    EXPECT_THAT(fault("('a' | true).anyTrue()").text, HasSubstr("needs Booleans"));
    EXPECT_THAT(fault("name.anyFalse()").text, HasSubstr("needs Booleans"));
    EXPECT_THAT(fault("('1' | '2').toLong()").text, HasSubstr("there are 2"));
}

TEST_F(PathTest, TextAndTreeFunctionsThatNoOfficialSuiteCovers) {
    expect({
        {"'naïve naïve'.lastIndexOf('ï')", {"Integer:8"}},
        {"'abc'.lastIndexOf('')", {"Integer:3"}},
        {"'abc'.lastIndexOf('x')", {"Integer:-1"}},
        {"''.lastIndexOf('x')", {"Integer:-1"}},
        {"{}.lastIndexOf('x')", {}},
        {"'abc'.lastIndexOf({})", {}},
        {"'N8000123123'.matchesFull('N[0-9]{8}')", {"Boolean:false"}},
        {"'N8000123123'.matchesFull('N[0-9]{10}')", {"Boolean:true"}},
        {"'ab'.matchesFull('a|ab')", {"Boolean:true"}},
        {"''.matchesFull('')", {"Boolean:true"}},
        {"{}.matchesFull('a')", {}},
        {"'a'.matchesFull({})", {}},
        {"name.repeatAll(period).count()", {"Integer:1"}},
        {"(1.combine(1)).repeatAll(iif($this < 2, $this + 1, {}))", {"Integer:2", "Integer:2"}},
        {"{}.repeatAll($this)", {}},
        {"coalesce({}, name.where(use = 'nickname').given, name[1].given)", {"string:Jim"}},
        {"coalesce({}, {})", {}},
        {"coalesce(name.given).count()", {"Integer:5"}},
        {"active.getValue()", {"Boolean:true"}},
        {"birthDate.getValue() is Date", {"Boolean:true"}},
        {"birthDate.hasValue()", {"Boolean:true"}},
        {"name.first().hasValue()", {"Boolean:false"}},
        {"name.given.hasValue()", {"Boolean:false"}},  // one value is asked for
        {"{}.getValue()", {}},
    });
    EXPECT_THAT(fault("5.lastIndexOf('5')").text, HasSubstr("String"));
    EXPECT_THAT(fault("'abc'.matchesFull('(')").text, HasSubstr("no regular expression"));
}

}  // namespace
}  // namespace gateway::fhirpath_test
