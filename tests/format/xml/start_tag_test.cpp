#include "gateway/format/xml/start_tag.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

// `name` and then each attribute as ` name=raw@offset`.
std::string scanned(std::string_view tag) {
    std::vector<RawAttribute> attributes{{.name = "old", .raw = "one", .offset = 1}};
    std::string out{scan_start_tag(tag, attributes)};
    for (const RawAttribute& attribute : attributes) {
        out += " " + std::string{attribute.name} + "=" + std::string{attribute.raw} + "@" +
               std::to_string(attribute.offset);
    }
    return out;
}

TEST(StartTag, TellsHowEachValueIsWrittenAndWhere) {
    EXPECT_EQ(scanned("<a>"), "a");
    EXPECT_EQ(scanned("<f:a/>"), "f:a");
    EXPECT_EQ(scanned("<a b=\"1\" c='&lt;'/>"), "a b=1@6 c=&lt;@12");
    EXPECT_EQ(scanned("<a\n b = \"x>'/\"\t>"), "a b=x>'/@9");
    EXPECT_EQ(scanned("<a b=''>"), "a b=@6");
}

TEST(StartTag, StaysWithinWhatIsNoTag) {
    for (const std::string_view tag : {"<a", "<a b", "<a b=", "<a b='1", "<", "<a b='1'c"}) {
        EXPECT_NO_THROW(scanned(tag)) << tag;
    }
}

}  // namespace
}  // namespace gateway
