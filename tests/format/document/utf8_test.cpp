#include "gateway/format/document/utf8.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(Utf8, NamesTheFirstByteThatIsNone) {
    EXPECT_EQ(utf8_fault("M\xC3\xBCller \xF0\x9F\x98\x80"), std::nullopt);
    EXPECT_EQ(utf8_fault("ab\xFFz"), 2U);
    EXPECT_EQ(utf8_fault("\xC3\xBC\xED\xA0\x80"), 2U);  // half of a surrogate pair
    EXPECT_EQ(utf8_fault("a\xE2\x82"), 1U);             // cut off
}

TEST(Utf8, WritesCharactersOfEverySize) {
    std::string out;
    for (const std::uint32_t character : {0x41U, 0xFCU, 0x20ACU, 0x1F600U}) {
        append_utf8(out, character);
    }
    EXPECT_EQ(out, "A\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace gateway
