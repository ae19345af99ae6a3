#include "gateway/format/xml/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "gateway/base/failure.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Writes events down: `<{space}name attribute=raw@offset>`, `</`, texts.
class Recorder final : public XmlEvents {
public:
    void start(const XmlStart& element) override {
        std::string line = "<{" + std::string{element.space} + "}" + std::string{element.name};
        for (const XmlAttribute& attribute : element.attributes) {
            line += " " + std::string{attribute.name} + "=" + std::string{attribute.raw} + "@" +
                    std::to_string(attribute.offset);
        }
        lines.push_back(line + ">");
    }

    void end(const XmlEnd& element) override {
        lines.push_back("</ " + std::to_string(element.offset) + "-" + std::to_string(element.end));
    }

    void text(std::string_view text, std::size_t /*offset*/) override { lines.emplace_back(text); }

    std::vector<std::string> lines;
};

std::vector<std::string> events_of(std::string_view xml) {
    Recorder recorder;
    const auto fault = parse_xml(xml, recorder);
    EXPECT_FALSE(fault) << fault->text;
    return recorder.lines;
}

std::optional<XmlFault> fault_of_xml(std::string_view xml, const XmlRules& rules = {}) {
    Recorder recorder;
    return parse_xml(xml, recorder, rules);
}

TEST(XmlParser, ResolvesNamespacesAndTellsPlaces) {
    EXPECT_THAT(events_of("<f:a xmlns:f='urn:x' f:b=\"1\" c = '&lt;'>t</f:a>"),
                ElementsAre("<{urn:x}a b=1@26 c=&lt;@34>", "t", "</ 41-47"));
    EXPECT_THAT(events_of("<a xmlns='urn:x'><b/></a>"),
                ElementsAre("<{urn:x}a>", "<{urn:x}b>", "</ 21-21", "</ 21-25"));
}

TEST(XmlParser, PassesOverCommentsAndInstructions) {
    EXPECT_THAT(events_of("<?xml version='1.0'?><!-- c --><a><?p q?><!-- <b/> --></a>"),
                ElementsAre("<{}a>", "</ 54-58"));
}

TEST(XmlParser, GivesTheTextOfACdataSection) {
    EXPECT_THAT(events_of("<a><![CDATA[<&>]]></a>"), ElementsAre("<{}a>", "<&>", "</ 18-22"));
}

TEST(XmlParser, RefusesEveryDoctype) {
    for (const std::string_view xml :
         {"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
          "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
          "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><a/>"}) {
        const auto fault = fault_of_xml(xml);
        ASSERT_TRUE(fault) << xml;
        EXPECT_THAT(fault->text, HasSubstr("DOCTYPE"));
    }
}

TEST(XmlParser, RefusesADeclarationThatLies) {
    EXPECT_FALSE(fault_of_xml("<?xml version='1.0' encoding='utf-8'?><a/>"));
    for (const std::string_view encoding : {"UTF-16", "ISO-8859-1", "windows-1252", "nonsense"}) {
        const auto fault =
            fault_of_xml("<?xml version='1.0' encoding='" + std::string{encoding} + "'?><a/>");
        ASSERT_TRUE(fault) << encoding;
        EXPECT_THAT(fault->text, HasSubstr("another encoding"));
    }
    EXPECT_TRUE(fault_of_xml("<?xml version='1.0' encoding='UTF-8'?><a/>",
                             {.encoding = XmlEncoding::utf16_little}));
}

TEST(XmlParser, RefusesXmlOnePointOne) {
    EXPECT_THAT(fault_of_xml("<?xml version='1.1'?><a/>").value().text, HasSubstr("1.0"));
}

TEST(XmlParser, BoundsTheDepth) {
    std::string deep;
    for (int i = 0; i < 500'000; ++i) {
        deep += "<a>";
    }
    const auto fault = fault_of_xml(deep, {.depth_max = 100});
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->offset, 300U);
    EXPECT_EQ(fault->code, "too-long");
}

TEST(XmlParser, SaysWhatIsWrongAndWhere) {
    struct Case {
        std::string_view xml;
        std::size_t offset;
        std::string_view words;
    };

    for (const Case& it : std::vector<Case>{{"", 0, "ends before"},
                                            {"<a>", 3, "ends before"},
                                            {"<a><b></a>", 8, "closes another element"},
                                            {"<a b='1' b='2'/>", 9, "stands twice"},
                                            {"<a/><b/>", 4, "one resource only"},
                                            {"<a>&nbsp;</a>", 3, "&#160;"},
                                            {"<a>&#1;</a>", 3, "no character"},
                                            {"<p:a/>", 0, "prefix is not declared"},
                                            {" <?xml version='1.0'?><a/>", 1, "very beginning"},
                                            {"<a b=c/>", 5, "not well-formed"}}) {
        const auto fault = fault_of_xml(it.xml);
        ASSERT_TRUE(fault) << it.xml;
        EXPECT_EQ(fault->offset, it.offset) << it.xml;
        EXPECT_THAT(fault->text, HasSubstr(it.words)) << it.xml;
    }
}

TEST(XmlParser, LetsOutWhatItsReaderThrows) {
    class Thrower final : public XmlEvents {
    public:
        void start(const XmlStart& /*element*/) override {
            throw Failure(Category::too_large, "enough");
        }

        void end(const XmlEnd& /*element*/) override { ADD_FAILURE() << "an event after the end"; }

        void text(std::string_view /*text*/, std::size_t /*offset*/) override {}
    };

    Thrower thrower;
    EXPECT_THROW(parse_xml("<a><b/></a>", thrower), Failure);
}

std::shared_ptr<const std::string> utf16(std::u16string_view text, bool big) {
    std::string bytes;
    for (const char16_t unit : text) {
        const auto high = static_cast<char>(unit >> 8U);
        const auto low = static_cast<char>(unit & 0xFFU);
        bytes += big ? high : low;
        bytes += big ? low : high;
    }
    return std::make_shared<const std::string>(bytes);
}

TEST(XmlEncoding, RewritesUtf16AndKnowsTheWayBack) {
    for (const bool big : {false, true}) {
        const XmlText text(utf16(u"\uFEFF<a b='\u00FC\U0001F600'/>", big), 1000);
        EXPECT_EQ(*text.utf8(), "\xEF\xBB\xBF<a b='\xC3\xBC\xF0\x9F\x98\x80'/>");
        EXPECT_EQ(text.encoding(), big ? XmlEncoding::utf16_big : XmlEncoding::utf16_little);
        EXPECT_EQ(text.original(9, 6), (SourceRange{.offset = 14, .length = 6}));
    }
    EXPECT_EQ(*XmlText(utf16(u"<a/>", true), 1000).utf8(), "<a/>");  // without a mark
}

TEST(XmlEncoding, KnowsTheWayBackFarIntoALongText) {
    std::u16string long_text = u"<a>";
    for (int i = 0; i < 1000; ++i) {
        long_text += u"\u20ACx";
    }
    const XmlText text(utf16(long_text, false), 10'000);
    EXPECT_EQ(text.original(3 + 4 * 900, 4), (SourceRange{.offset = 6 + 4 * 900, .length = 4}));
}

TEST(XmlEncoding, RefusesWhatIsNoText) {
    const auto reason = [](std::shared_ptr<const std::string> bytes) -> std::string {
        try {
            const XmlText text(std::move(bytes), 1000);
        } catch (const Failure& failure) {
            return failure.external();
        }
        return "read";
    };
    const auto bytes = [](std::string_view text) {
        return std::make_shared<const std::string>(text);
    };
    EXPECT_THAT(reason(bytes("<a b='\xFC'/>")), HasSubstr("not UTF-8"));
    EXPECT_THAT(reason(bytes(std::string_view{"<a>\0</a>", 8})), HasSubstr("NUL"));
    EXPECT_THAT(reason(bytes(std::string_view{"\xFF\xFE<\0a", 5})), HasSubstr("not UTF-16"));
    EXPECT_THAT(reason(utf16(u"<a>\xD83D</a>", false)), HasSubstr("half of a character"));
    EXPECT_THAT(reason(bytes(std::string(1001, ' '))), HasSubstr("larger than 1000"));
}

TEST(XmlEncoding, DoesNotCountAByteOrderMark) {
    const XmlText text(std::make_shared<const std::string>("\xEF\xBB\xBF<a>\n<b>"), 1000);
    EXPECT_EQ(text.position(3), (Position{1, 1}));
    EXPECT_EQ(text.position(7), (Position{2, 1}));
}

}  // namespace
}  // namespace gateway
