#include "gateway/format/fhir/xml_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/format/fhir/xml_fixture.h"

namespace gateway {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string patient(std::string_view members) {
    return "{\"resourceType\":\"Patient\"" + std::string{members.empty() ? "" : ","} +
           std::string{members} + "}";
}

class FhirXmlWriter : public testing::Test {
protected:
    void expect_xml(std::string_view members, std::string_view content) const {
        EXPECT_EQ(fixture_.to_xml(patient(members)),
                  "<Patient xmlns=\"http://hl7.org/fhir\">" + std::string{content} + "</Patient>");
    }

    void expect_fault(std::string_view members, std::string_view place,
                      std::string_view words) const {
        EXPECT_THAT(
            fixture_.write_faults(patient(members)),
            ElementsAre(AllOf(StartsWith(std::string{place}), HasSubstr(std::string{words}))))
            << members;
    }

    XmlFixture fixture_;
};

TEST_F(FhirXmlWriter, WritesElementsInTheOrderOfTheSchema) {
    expect_xml(R"("birthDate":"1970","name":[{"given":["B","C"],"family":"A"}],"id":"p")",
               "<id value=\"p\"/><name><family value=\"A\"/><given value=\"B\"/>"
               "<given value=\"C\"/></name><birthDate value=\"1970\"/>");
}

TEST_F(FhirXmlWriter, WritesIdsAndUrlsAsAttributes) {
    expect_xml(R"("extension":[{"valueCode":"c","url":"u","id":"e"}])",
               "<extension id=\"e\" url=\"u\"><valueCode value=\"c\"/></extension>");
    expect_xml(R"("birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueCode":"c"}],)"
               R"("id":"b"})",
               "<birthDate id=\"b\" value=\"1970\"><extension url=\"u\"><valueCode value=\"c\"/>"
               "</extension></birthDate>");
}

TEST_F(FhirXmlWriter, WritesPrimitivesWithoutAValue) {
    expect_xml(R"("name":[{"given":[null,"B"],"_given":[{"extension":[{"url":"u",)"
               R"("valueCode":"c"}]},null]}])",
               "<name><given><extension url=\"u\"><valueCode value=\"c\"/></extension></given>"
               "<given value=\"B\"/></name>");
}

TEST_F(FhirXmlWriter, PutsResourcesIntoElements) {
    expect_xml(R"("contained":[{"resourceType":"Organization","id":"o"}])",
               "<contained><Organization><id value=\"o\"/></Organization></contained>");
}

TEST_F(FhirXmlWriter, WritesAnEmptyResource) {
    EXPECT_EQ(fixture_.to_xml(patient("")), "<Patient xmlns=\"http://hl7.org/fhir\"/>");
}

TEST_F(FhirXmlWriter, KeepsNumbersAndEscapesTexts) {
    expect_xml(R"("extension":[{"url":"u","valueDecimal":1.10}])",
               "<extension url=\"u\"><valueDecimal value=\"1.10\"/></extension>");
    expect_xml(R"("language":" a\n<\"&>\t\r ")",
               "<language value=\"&#32;a&#10;&lt;&quot;&amp;&gt;&#9;&#13;&#32;\"/>");
}

TEST_F(FhirXmlWriter, WritesANarrativeAsItIs) {
    expect_xml(R"("text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)"
               R"(a &amp; b\r\n<br/></div>"})",
               "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">"
               "a &amp; b\r\n<br/></div></text>");
}

TEST_F(FhirXmlWriter, IndentsWhenAsked) {
    EXPECT_EQ(fixture_.write(fixture_.read_json_text(patient(R"("name":[{"text":"A"}])")),
                             FhirXmlStyle::Layout::pretty),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<Patient xmlns=\"http://hl7.org/fhir\">\n"
              "  <name>\n"
              "    <text value=\"A\"/>\n"
              "  </name>\n"
              "</Patient>\n");
}

TEST_F(FhirXmlWriter, RefusesWhatXmlCannotSay) {
    expect_fault(R"("colour":"red")", "1:36 Patient.colour", "no such element");
    expect_fault(R"("name":{"text":"A"})", "1:34 Patient.name", "as an array");
    expect_fault(R"("active":[true])", "1:37 Patient.active[0]", "without an array");
    expect_fault(R"("active":"true")", "1:36 Patient.active", "give true or false");
    expect_fault(R"("multipleBirthInteger":"2")", "1:50 Patient.multipleBirthInteger",
                 "give a number");
    expect_fault(R"("birthDate":1970)", "1:39 Patient.birthDate", "give a string");
    expect_fault(R"("name":["A"])", "1:35 Patient.name[0]", "an object");
    expect_fault(R"("birthDate":{"id":"b"})", "1:39 Patient.birthDate", "give a string");
    expect_fault(R"("name":[{"given":["A",null]}])", "1:49 Patient.name[0].given[1]",
                 "neither a value");
    expect_fault(R"("language":"")", "1:38 Patient.language", "empty");
    expect_fault(R"("language":"a\u0001")", "1:38 Patient.language", "control character");
    expect_fault(R"("deceasedBoolean":true,"deceasedDateTime":"1970")",
                 "1:69 Patient.deceasedDateTime", "choice");
    expect_fault(R"("contained":[{"id":"x"}])", "1:40 Patient.contained[0]", "resourceType");
    expect_fault(R"("contained":[{"resourceType":"Patience"}])",
                 "1:56 Patient.contained[0].resourceType", "resourceType");
    expect_fault(R"("extension":[{"url":"u","_url":{"id":"x"},"valueCode":"c"}])",
                 "1:47 Patient.extension[0].url", "attribute");
}

TEST_F(FhirXmlWriter, RefusesNarrativesThatAreNoXhtml) {
    const auto narrative = [](std::string_view div) {
        return R"("text":{"status":"generated","div":")" + std::string{div} + "\"}";
    };
    const std::string open = "<div xmlns='http://www.w3.org/1999/xhtml'>";
    const std::string place = "1:62 Patient.text.div";
    expect_fault(narrative(open + "a<br></div>"), place, "closes another element");
    expect_fault(narrative(open + "&nbsp;</div>"), place, "&#160;");
    expect_fault(narrative("<div>a</div>"), place, "XHTML namespace");
    expect_fault(narrative(open + "a</div><Patient/>"), place, "one resource only");
    expect_fault(narrative("<!-- c -->" + open + "a</div>"), place, "before or after");
    expect_fault(narrative("<?xml version='1.0'?>" + open + "a</div>"), place, "declaration");
    expect_fault(narrative("<!DOCTYPE div>" + open + "a</div>"), place, "DOCTYPE");
    expect_fault(narrative("text"), place, "cannot stand in XML");
    expect_fault(narrative(open + "<iframe/></div>"), place, "does not allow");
}

TEST_F(FhirXmlWriter, TellsAllFaultsAtOnceAndWritesNothing) {
    EXPECT_EQ(fixture_.write_faults(patient(R"("colour":"x","active":"y","language":"")")).size(),
              3U);
}

}  // namespace
}  // namespace gateway
