#include "gateway/care/route/route.h"

#include <gtest/gtest.h>

#include "gateway/care/route/conjuncts.h"

namespace gateway {
namespace {

using Texts = std::vector<std::string>;

TEST(Conjuncts, SplitAChainOfAnd) {
    EXPECT_EQ(conjuncts("a and (b and c) and d = 'x and y'"),
              (Texts{"a", "(b and c)", "d = 'x and y'"}));
    EXPECT_EQ(conjuncts("a and b or c"), (Texts{"a and b or c"}));
    EXPECT_EQ(conjuncts("a.and and brand"), (Texts{"a.and", "brand"}));
    EXPECT_EQ(conjuncts("true"), (Texts{"true"}));
}

class RouterTest : public testing::Test {
protected:
    RouterTest() {
        auto table = std::make_shared<NameTable>();
        add_schema_names(*table);
        names_ = table;
        schema_ = Schema::shipped(names_);
    }

    Document bundle_of_type(std::string_view type) const {
        Document bundle(names_);
        const auto put = [&](std::string_view name, std::string_view value) {
            bundle.set_value(bundle.append(bundle.root(), name), ValueKind::string, value);
        };
        put("resourceType", "Bundle");
        put("type", type);
        return bundle;
    }

    Router router_of(std::vector<RouteRuleText> rules) { return {rules, names_, schema_, issues_}; }

    std::shared_ptr<const NameTable> names_;
    std::shared_ptr<const Schema> schema_;
    Issues issues_;
};

TEST_F(RouterTest, TakesTheFirstRuleThatHolds) {
    const Router router = router_of({{.when = "type = 'batch'", .to = "one", .reason = "r1"},
                                     {.when = "type = 'message'", .to = "two", .reason = "r2"},
                                     {.when = "true", .to = "three", .reason = "r3"}});
    const RouteResult result = router.route(bundle_of_type("message"), {});
    ASSERT_EQ(result.destinations.size(), 1U);
    EXPECT_EQ(result.destinations[0].to, "two");
    EXPECT_EQ(result.destinations[0].reason, "r2");
}

TEST_F(RouterTest, NamesTheNearestRuleWhereNoneHolds) {
    const Router router =
        router_of({{.when = "type = 'batch' and id.exists()", .to = "far", .reason = ""},
                   {.when = "type = 'message' and id.exists()", .to = "near", .reason = ""}});
    const RouteResult result = router.route(bundle_of_type("message"), {});
    EXPECT_TRUE(result.destinations.empty());
    EXPECT_NE(result.explanation.find("near"), std::string::npos) << result.explanation;
    EXPECT_NE(result.explanation.find("id.exists()"), std::string::npos) << result.explanation;
    EXPECT_EQ(result.explanation.find("type ="), std::string::npos) << result.explanation;
}

TEST_F(RouterTest, SaysWhereARuleDoesNotCompile) {
    router_of(
        {{.when = "type = = 1", .to = "x", .reason = "", .file = "gp.toml", .position = {7, 8}}});
    ASSERT_TRUE(issues_.has_errors());
    EXPECT_EQ(issues_[0].source, "gp.toml");
    EXPECT_EQ(issues_[0].position.line, 7U);
}

}  // namespace
}  // namespace gateway
