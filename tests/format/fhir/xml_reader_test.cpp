#include "gateway/format/fhir/xml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/format/fhir/xml_fixture.h"

namespace gateway {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view xhtml = "http://www.w3.org/1999/xhtml";

std::string patient(std::string_view content) {
    return "<Patient xmlns=\"http://hl7.org/fhir\">\n" + std::string{content} + "</Patient>";
}

std::string patient_json(std::string_view members) {
    return "{\"resourceType\":\"Patient\"," + std::string{members} + "}";
}

class FhirXmlReader : public testing::Test {
protected:
    void expect_json(std::string_view content, std::string_view members) const {
        EXPECT_EQ(fixture_.to_json(patient(content)), patient_json(members)) << content;
    }

    // One fault, at that place, whose sentence has these words.
    void expect_fault(std::string xml, std::string_view place, std::string_view words) const {
        EXPECT_THAT(fixture_.read_faults(xml), ElementsAre(AllOf(StartsWith(std::string{place}),
                                                                 HasSubstr(std::string{words}))))
            << xml;
    }

    XmlFixture fixture_;
};

TEST_F(FhirXmlReader, MakesOfPrimitivesWhatJsonHas) {
    expect_json(
        "<id value='p1'/><active value='true'/><birthDate value='1970-03'/>"
        "<multipleBirthInteger value='2'/>",
        R"("id":"p1","active":true,"birthDate":"1970-03","multipleBirthInteger":2)");
}

TEST_F(FhirXmlReader, KeepsTheTextOfDecimals) {
    for (const std::string text : {"1.10", "1e2", "-0.0", "123456789012345678901234567890.10"}) {
        expect_json("<extension url='u'><valueDecimal value='" + text + "'/></extension>",
                    R"("extension":[{"url":"u","valueDecimal":)" + text + "}]");
    }
}

TEST_F(FhirXmlReader, MakesArraysOfWhatMayRepeat) {
    expect_json("<name><family value='A'/><given value='B'/></name>",
                R"("name":[{"family":"A","given":["B"]}])");
}

TEST_F(FhirXmlReader, PutsIdsAndExtensionsOfPrimitivesBesideThem) {
    expect_json(
        "<name><given value='A'/><given id='g'><extension url='u'><valueCode value='c'/>"
        "</extension></given><given value='B'/></name><birthDate id='b' value='1970'/>",
        R"("name":[{"given":["A",null,"B"],"_given":[null,{"id":"g","extension":[{"url":"u",)"
        R"("valueCode":"c"}]},null]}],"birthDate":"1970","_birthDate":{"id":"b"})");
}

TEST_F(FhirXmlReader, TakesResourcesOutOfTheElementsAroundThem) {
    expect_json("<contained><Organization><id value='o'/></Organization></contained>",
                R"("contained":[{"resourceType":"Organization","id":"o"}])");
    EXPECT_EQ(fixture_.to_json("<Bundle xmlns='http://hl7.org/fhir'><type value='batch'/><entry>"
                               "<resource><Patient><id value='p'/></Patient></resource></entry>"
                               "</Bundle>"),
              R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":)"
              R"({"resourceType":"Patient","id":"p"}}]})");
}

TEST_F(FhirXmlReader, KnowsAnElementThatIsCalledResourceType) {
    EXPECT_EQ(fixture_.to_json("<ExampleScenario xmlns='http://hl7.org/fhir'><instance>"
                               "<resourceId value='i'/><resourceType value='Patient'/></instance>"
                               "</ExampleScenario>"),
              R"({"resourceType":"ExampleScenario","instance":[{"resourceType":"Patient",)"
              R"("resourceId":"i"}]})");
}

TEST_F(FhirXmlReader, KeepsANarrativeAsItIsWritten) {
    const std::string div =
        "<div xmlns='http://www.w3.org/1999/xhtml'>a &amp; &#160;<!-- c -->"
        "<br/>\r\n<p\n id=\"x\">b</p></div>";
    const Document document =
        fixture_.read(patient("<text><status value='generated'/>" + div + "</text>"));
    EXPECT_EQ(document.value(document.at(0, {"text", "div"})), div);
}

TEST_F(FhirXmlReader, MakesANarrativeStandOnItsOwn) {
    const Document document = fixture_.read(
        "<f:Patient xmlns:f='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml'><f:text>"
        "<f:status value='generated'/><h:div class='c'>a <h:b>b</h:b><h:br/></h:div></f:text>"
        "</f:Patient>");
    EXPECT_EQ(document.value(document.at(0, {"text", "div"})),
              "<div xmlns=\"http://www.w3.org/1999/xhtml\" class='c'>a <b>b</b><br/></div>");
}

TEST_F(FhirXmlReader, PassesOverCommentsInstructionsAndWhiteSpace) {
    expect_json("<!-- c --><id value='p'/>\r\n<?p q?>\t<active value='true'/>",
                R"("id":"p","active":true)");
}

TEST_F(FhirXmlReader, TrimsValuesAndKeepsWhatIsWrittenAsAReference) {
    expect_json("<language value=' en&#32;'/>", R"("language":"en ")");
    expect_json("<language value='\n a\r\n b&#10;&lt;&#xFC; '/>",
                "\"language\":\"a  b\\n<\xC3\xBC\"");
}

TEST_F(FhirXmlReader, ReadsUtf16AsItReadsUtf8) {
    const std::string xml = "<?xml version='1.0' encoding='UTF-16'?>" + patient("<id value='p'/>");
    std::string bytes = "\xFF\xFE";
    for (const char c : xml) {
        bytes += c;
        bytes += '\0';
    }
    EXPECT_EQ(fixture_.to_json(bytes), patient_json(R"("id":"p")"));
    const Document document = fixture_.read(bytes);
    const auto value = static_cast<std::uint32_t>(2 + 2 * xml.find("'p'"));
    EXPECT_EQ(document.source(document.child(0, "id")),
              (SourceRange{.offset = value, .length = 6}));
}

TEST_F(FhirXmlReader, RemembersWhereValuesAndElementsStand) {
    const std::string xml = patient("<name><family value=\"A\"/></name>");
    const Document document = fixture_.read(xml);
    const auto text_of = [&](NodeId node) {
        const SourceRange source = document.source(node);
        return xml.substr(source.offset, source.length);
    };
    EXPECT_EQ(text_of(document.child(0, "name")), "<name><family value=\"A\"/></name>");
    EXPECT_EQ(text_of(document.at(0, {"name", "family"})), "\"A\"");
    EXPECT_EQ(text_of(document.root()), xml);
}

TEST_F(FhirXmlReader, RefusesADoctypeWithItsPlace) {
    expect_fault(
        "<?xml version='1.0'?>\n<!DOCTYPE Patient [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" +
            patient("<id value='&x;'/>"),
        "2:", "DOCTYPE");
}

TEST_F(FhirXmlReader, RefusesADeclarationThatLies) {
    expect_fault("<?xml version='1.0' encoding='ISO-8859-1'?>" + patient("<id value='p'/>"), "1:1",
                 "another encoding");
}

TEST_F(FhirXmlReader, RefusesWhatR4DoesNotKnow) {
    expect_fault(patient("<colour value='red'/>"), "2:1 Patient.colour", "no such element");
    expect_fault(patient("<Active value='true'/>"), "2:1 Patient.Active", "no such element");
    expect_fault(patient("<active value='true' code='x'/>"), "2:28 Patient.active", "code");
    expect_fault(patient("<contained id='x'><Patient/></contained>"), "2:16 Patient.contained[0]",
                 "id");
    expect_fault("<Patient xmlns='http://hl7.org/fhir' id='p'><active value='true'/></Patient>",
                 "1:42 Patient", "id");
    expect_fault("<Patience xmlns='http://hl7.org/fhir'/>", "1:1 Patience", "no resource of R4");
    expect_fault("<DomainResource xmlns='http://hl7.org/fhir'/>", "1:1", "no resource of R4");
    expect_fault(patient("<value value='x'/>"), "2:1 Patient.value", "no such element");
}

TEST_F(FhirXmlReader, RefusesOtherNamespaces) {
    expect_fault("<Patient/>", "1:1 Patient", "xmlns=\"http://hl7.org/fhir\"");
    expect_fault("<Patient xmlns='http://hl7.org/fhir/'/>", "1:1 Patient", "namespace");
    expect_fault(patient("<x:active xmlns:x='urn:x' value='true'/>"), "2:1 Patient.active",
                 "namespace");
    expect_fault(patient("<active xmlns='' value='true'/>"), "2:1 Patient.active", "namespace");
    expect_fault(patient("<id xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                         "xsi:schemaLocation='a b' value='p'/>"),
                 "2:", "schemaLocation");
    expect_fault(patient("<active xml:lang='en' value='true'/>"), "2:19 Patient.active", "lang");
}

TEST_F(FhirXmlReader, RefusesAWrongOrderAndWhatStandsTwice) {
    expect_fault(patient("<birthDate value='1970'/><active value='true'/>"), "2:26 Patient.active",
                 "behind birthDate");
    expect_fault(patient("<active value='true'/><active value='true'/>"), "2:23 Patient.active",
                 "twice");
    expect_fault(patient("<deceasedBoolean value='true'/><deceasedDateTime value='1970'/>"),
                 "2:32 Patient.deceasedDateTime", "choice");
    expect_fault(patient("<name><text value='a'/></name><active value='true'/>"
                         "<name><text value='b'/></name>"),
                 "2:31 Patient.active", "behind name");
}

TEST_F(FhirXmlReader, RefusesWhatIsEmpty) {
    expect_fault(patient("<active value=''/>"), "2:16 Patient.active", "empty");
    expect_fault(patient("<active value=' \t\n'/>"), "2:16 Patient.active", "empty");
    expect_fault(patient("<active/>"), "2:1 Patient.active", "neither a value");
    expect_fault(patient("<active id='a'/>"), "2:1 Patient.active", "neither a value");
    expect_fault(patient("<name/>"), "2:1 Patient.name[0]", "empty");
    expect_fault(patient("<name id='n'></name>"), "2:1 Patient.name[0]", "empty");
    expect_fault(patient("<name id=''><text value='a'/></name>"), "2:11 Patient.name[0]", "empty");
    expect_fault(patient("<contained/>"), "2:1 Patient.contained[0]", "no resource");
}

TEST_F(FhirXmlReader, RefusesTextBetweenTags) {
    expect_fault(patient("<active>true</active>"), "2:9 Patient.active", "value attributes");
    expect_fault(patient("x<active value='true'/>y"), "2:1 Patient", "value attributes");
    expect_fault(patient("<active value='true'/><![CDATA[x]]>"), "2:32 Patient",
                 "value attributes");
}

TEST_F(FhirXmlReader, RefusesValuesThatAreNoNumbersOrBooleans) {
    for (const std::string value : {"01", "+1", "1.", ".5", "0x1", "NaN", "1,0", "1&#32;"}) {
        expect_fault(patient("<multipleBirthInteger value='" + value + "'/>"),
                     "2:30 Patient.multipleBirthInteger", "a number");
    }
    for (const std::string value : {"1", "True", "yes"}) {
        expect_fault(patient("<active value='" + value + "'/>"), "2:16 Patient.active",
                     "true or false");
    }
}

TEST_F(FhirXmlReader, RefusesAnAttributeWrittenAsAnElement) {
    expect_fault(patient("<extension><url value='u'/></extension>"),
                 "2:12 Patient.extension[0].url", "attribute");
}

TEST_F(FhirXmlReader, RefusesTwoResourcesInOneElement) {
    expect_fault(patient("<contained><Patient/><Patient/></contained>"),
                 "2:22 Patient.contained[0]", "second resource");
}

TEST_F(FhirXmlReader, RefusesNarrativesThatBreakTheRules) {
    const auto narrative = [](std::string_view div) {
        return patient("<text><status value='generated'/>" + std::string{div} + "</text>");
    };
    const std::string open = "<div xmlns='" + std::string{xhtml} + "'>";
    expect_fault(narrative("<div>a</div>"), "2:34 Patient.text.div", "XHTML namespace");
    expect_fault(narrative(open + "a<script>b</script></div>"), "2:", "does not allow");
    expect_fault(narrative(open + "<a href=' JavaScript:x()'>a</a></div>"), "2:", "run code");
    expect_fault(narrative(open + "<p onclick='x()'>a</p></div>"), "2:", "run code");
    expect_fault(narrative(open + "<active xmlns='http://hl7.org/fhir'/></div>"),
                 "2:", "XHTML namespace");
    expect_fault(narrative("<p xmlns='" + std::string{xhtml} + "'>a</p>"), "2:34 Patient.text.p",
                 "namespace");
}

TEST_F(FhirXmlReader, TellsAllFaultsAtOnce) {
    EXPECT_THAT(fixture_.read_faults(patient("<active/>\n<colour value='x'><a>y</a></colour>\n"
                                             "<birthDate value=''/>")),
                ElementsAre(StartsWith("2:1 Patient.active"), StartsWith("3:1 Patient.colour"),
                            StartsWith("4:19 Patient.birthDate")));
}

TEST_F(FhirXmlReader, StopsAtItsLimits) {
    std::string many;
    for (int i = 0; i < 200; ++i) {
        many += "<x/>";
    }
    EXPECT_EQ(fixture_.read_faults(patient(many)).size(), 100U);
    EXPECT_THAT(fixture_.read_faults(patient("<id value='p'/>"), {.bytes_max = 10}),
                ElementsAre(HasSubstr("larger than 10")));
    EXPECT_THAT(
        fixture_.read_faults(patient("<id value='p'/><active value='true'/>"), {.nodes_max = 2}),
        ElementsAre(HasSubstr("more than 2")));
}

std::string nested_extensions(std::size_t count) {
    std::string open;
    std::string close;
    for (std::size_t i = 0; i < count; ++i) {
        open += "<extension url='u'>";
        close += "</extension>";
    }
    return patient(open + "<valueCode value='c'/>" + close);
}

TEST_F(FhirXmlReader, BoundsTheDepthAsTheJsonReaderDoes) {
    const std::string json = fixture_.to_json(nested_extensions(63));
    EXPECT_EQ(write_json(fixture_.read_json_text(json)), json);
    EXPECT_THAT(fixture_.read_faults(nested_extensions(64)),
                ElementsAre(HasSubstr("deeper than 64")));
    EXPECT_THAT(fixture_.read_faults(nested_extensions(200'000)),
                ElementsAre(HasSubstr("deeper than 64")));
}

TEST_F(FhirXmlReader, LetsTheFilesOfSuitesPassWhenAsked) {
    const FhirXmlLimits lenient{.manner = FhirXmlLimits::Manner::lenient};
    const std::string xml =
        "<Patient xmlns='http://hl7.org/fhir' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b'>"
        "<birthDate value='1970'/><active value='true'/></Patient>";
    EXPECT_EQ(fixture_.read_faults(xml, lenient), std::vector<std::string>{});
    EXPECT_EQ(fixture_.read_faults(xml).size(), 2U);
}

}  // namespace
}  // namespace gateway
