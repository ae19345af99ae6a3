#include "gateway/flow/store/postgres/text_escape.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>
#include <string>

namespace gateway::test {

namespace {

using namespace postgres;

std::string there_and_back(const std::string& text) {
    const std::string stored = escape_text(text);
    EXPECT_TRUE(simdjson::validate_utf8(stored));
    EXPECT_EQ(stored.find('\0'), std::string::npos);
    return unescape_text(stored);
}

}  // namespace

TEST(TextEscape, LeavesOrdinaryTextAlone) {
    for (const std::string text : {"", "MSG-1", "Zoë Müller", "痛み", "\U0001F600", "\U0010FFFE"}) {
        EXPECT_EQ(is_plain_text(text), text != "\U0010FFFE") << text;
    }
    EXPECT_EQ(escape_text("Zoë 痛み\U0001F600"), "Zoë 痛み\U0001F600");
}

TEST(TextEscape, BringsEveryByteBack) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string("a") + static_cast<char>(byte) + "b";
        EXPECT_EQ(there_and_back(text), text) << byte;
    }
    const std::string nul("a\0b", 3);
    EXPECT_FALSE(is_plain_text(nul));
    EXPECT_FALSE(is_plain_text("Z\xF6llner"));
}

TEST(TextEscape, BringsCutAndOverlongCharactersBack) {
    for (const std::string text :
         {"\xC3", "\xE7\x97", "\xF0\x9F\x98", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
          "\xF4\x8F", "\xF4\x8F\xBC", "a\xF4\x8F\xBF", "\xFF\xFE"}) {
        EXPECT_EQ(there_and_back(text), text);
    }
}

TEST(TextEscape, KeepsWhatLooksLikeAnEscapeApart) {
    const std::string escaped = escape_text("\xE9");
    EXPECT_NE(escape_text(escaped), escaped);
    EXPECT_EQ(there_and_back(escaped), escaped);
    EXPECT_EQ(there_and_back("\U0010FEFF\U0010FF00\U0010FFFF"), "\U0010FEFF\U0010FF00\U0010FFFF");
}

TEST(TextEscape, KeepsDifferentTextsDifferent) {
    std::set<std::string> stored;
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        stored.insert(is_plain_text(text) ? text : escape_text(text));
        stored.insert(escape_text(escape_text(text)));
    }
    EXPECT_EQ(stored.size(), 256U + 129U);  // NUL and 128 bytes above ASCII have an escape
}

}  // namespace gateway::test
