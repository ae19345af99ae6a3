#include "gateway/base/digest_stream.h"

#include <gtest/gtest.h>

namespace gateway::test {

TEST(DigestStream, IsThatOfTheWhole) {
    DigestStream stream;
    stream.add("ab");
    stream.add("");
    stream.add("c");
    EXPECT_EQ(stream.finish(), sha256("abc"));
}

TEST(DigestStream, OfNothingIsThatOfNothing) {
    EXPECT_EQ(DigestStream().finish(), sha256(""));
}

}  // namespace gateway::test
