#include "gateway/flow/pipeline/under_way.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(UnderWay, GivesEachMessageOnceUntilItIsDone) {
    UnderWay under_way;
    auto token = under_way.enter("a");
    EXPECT_TRUE(token);
    EXPECT_FALSE(under_way.enter("a"));
    EXPECT_TRUE(under_way.enter("b"));
    token.reset();
    EXPECT_TRUE(under_way.enter("a"));
}

TEST(UnderWay, MayEndBeforeItsTokens) {
    auto under_way = std::make_unique<UnderWay>();
    const auto token = under_way->enter("a");
    under_way.reset();
    EXPECT_TRUE(token);
}

}  // namespace
}  // namespace gateway
