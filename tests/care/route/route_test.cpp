#include "gateway/care/route/route.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

constexpr RouteFacts facts{"gp", "mllp"};

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
    const Router router = router_of({{.when = "type = 'batch'", .to = {"one"}, .reason = "r1"},
                                     {.when = "type = 'message'", .to = {"two"}, .reason = "r2"},
                                     {.when = "true", .to = {"three"}, .reason = "r3"}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    ASSERT_EQ(result.destinations.size(), 1U);
    EXPECT_EQ(result.destinations[0].to, "two");
    EXPECT_EQ(result.destinations[0].reason, "r2");
}

TEST_F(RouterTest, NamesEveryDestinationOfTheRule) {
    const Router router =
        router_of({{.when = "type = 'message'", .to = {"clinic", "community"}, .reason = "both"}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    ASSERT_EQ(result.destinations.size(), 2U);
    EXPECT_EQ(result.destinations[0].to, "clinic");
    EXPECT_EQ(result.destinations[1].to, "community");
    EXPECT_EQ(result.destinations[1].reason, "both");
}

TEST_F(RouterTest, NamesTheNearestRuleWhereNoneHolds) {
    const Router router =
        router_of({{.when = "type = 'batch' and id.exists()", .to = {"far"}, .reason = ""},
                   {.when = "type = 'message' and id.exists()", .to = {"near"}, .reason = ""}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    EXPECT_TRUE(result.destinations.empty());
    EXPECT_NE(result.explanation.find("near"), std::string::npos) << result.explanation;
    EXPECT_NE(result.explanation.find("id.exists()"), std::string::npos) << result.explanation;
    EXPECT_EQ(result.explanation.find("type ="), std::string::npos) << result.explanation;
}

TEST_F(RouterTest, SaysWhereARuleDoesNotCompile) {
    router_of(
        {{.when = "type = = 1", .to = {"x"}, .reason = "", .file = "gp.toml", .position = {7, 8}}});
    ASSERT_TRUE(issues_.has_errors());
    EXPECT_EQ(issues_[0].source, "gp.toml");
    EXPECT_EQ(issues_[0].position.line, 7U);
}

TEST_F(RouterTest, NamesTheRuleThatWantsLeastWhereSeveralCameAsNear) {
    const Router router = router_of(
        {{.when = "type = 'message' and id.exists() and total > 3", .to = {"far"}, .reason = ""},
         {.when = "type = 'message' and id.exists()", .to = {"near"}, .reason = ""}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    EXPECT_NE(result.explanation.find("near"), std::string::npos) << result.explanation;
}

TEST_F(RouterTest, SaysWhereARuleNamesAnElementThatThereIsNot) {
    router_of({{.when = "entry.resource.exists() and typ = 'message'",
                .to = {"x"},
                .reason = "",
                .file = "gp.toml",
                .position = {7, 8}}});
    ASSERT_EQ(issues_.size(), 1U);
    EXPECT_NE(issues_[0].text.find("did you mean 'type'"), std::string::npos) << issues_[0].text;
    EXPECT_EQ(issues_[0].position, (Position{7, 37}));
    EXPECT_EQ(issues_[0].path, "route to x");
}

TEST_F(RouterTest, LetsARuleAskWhoSentItAndHow) {
    const Router router =
        router_of({{.when = "%sender = 'other'", .to = {"one"}, .reason = ""},
                   {.when = "%sender = 'gp' and %channel = 'mllp'", .to = {"two"}, .reason = ""}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    ASSERT_EQ(result.destinations.size(), 1U);
    EXPECT_EQ(result.destinations[0].to, "two");
}

TEST_F(RouterTest, TakesAConditionThatCannotBeAnsweredForOneThatDoesNotHold) {
    const Router router = router_of({{.when = "type + 1 > 0", .to = {"one"}, .reason = ""},
                                     {.when = "true", .to = {"two"}, .reason = ""}});
    const RouteResult result = router.route(bundle_of_type("message"), facts, {});
    ASSERT_EQ(result.destinations.size(), 1U);
    EXPECT_EQ(result.destinations[0].to, "two");
    ASSERT_EQ(result.issues.size(), 1U);
    EXPECT_EQ(result.issues[0].severity, Severity::warning);
    EXPECT_EQ(result.issues[0].path, "route to one");
}

TEST_F(RouterTest, SaysThatASenderHasNoRules) {
    const RouteResult result = router_of({}).route(bundle_of_type("message"), facts, {});
    EXPECT_TRUE(result.destinations.empty());
    EXPECT_EQ(result.explanation, "no route is configured for this sender");
}

}  // namespace
}  // namespace gateway
