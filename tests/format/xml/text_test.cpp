#include "gateway/format/xml/text.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    append_xml_attribute(out, text);
    return out;
}

TEST(XmlText, EscapesWhatAnAttributeCannotHold) {
    EXPECT_EQ(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c'");
    EXPECT_EQ(escaped("a\tb\nc\rd"), "a&#9;b&#10;c&#13;d");
}

TEST(XmlText, EscapesSpacesAtTheEndsOnly) {
    EXPECT_EQ(escaped("  a b "), "&#32;&#32;a b&#32;");
    EXPECT_EQ(escaped(" "), "&#32;");
    EXPECT_EQ(escaped(""), "");
}

TEST(XmlText, DecodesWhatItEscaped) {
    for (const std::string_view text : {"a<b>&\"c'", " a\tb\nc\rd ", "M\xC3\xBCller"}) {
        EXPECT_EQ(decode_xml_attribute(escaped(text)), text);
    }
}

TEST(XmlText, DecodesReferencesByNameAndNumber) {
    EXPECT_EQ(decode_xml_attribute("&apos;&amp;&#x20AC;&#8364;&#x1F600;"),
              "'&\xE2\x82\xAC\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(decode_xml_attribute("&amp;lt;"), "&lt;");
}

TEST(XmlText, MakesOneSpaceOfALineEnd) {
    EXPECT_EQ(decode_xml_attribute("a\r\nb\nc\rd\te"), "a b c d e");
}

TEST(XmlText, KnowsWhatXmlCannotHold) {
    EXPECT_EQ(xml_character_fault("a\tb\n\xEF\xBF\xBD"), std::nullopt);
    EXPECT_EQ(xml_character_fault("ab\x01"), 2U);
    EXPECT_EQ(xml_character_fault("a\xEF\xBF\xBF"), 1U);
}

}  // namespace
}  // namespace gateway
