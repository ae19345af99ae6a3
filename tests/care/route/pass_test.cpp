#include "gateway/care/route/pass.h"

#include <gtest/gtest.h>

#include <vector>

namespace gateway {
namespace {

constexpr HeadFacts referral{.type = "REF",
                             .event = "I12",
                             .sending_application = "GPSYS",
                             .sending_facility = "SURGERY",
                             .receiving_application = "HUB",
                             .receiving_facility = "REGION",
                             .channel = "mllp"};

RouteRule passing(HeadCondition head, std::string to = "clinic") {
    RouteRule rule;
    rule.pass = true;
    rule.head = std::move(head);
    rule.to = {std::move(to)};
    return rule;
}

bool passes(const HeadCondition& head) {
    const std::vector<RouteRule> rules{passing(head)};
    return rule_that_passes(rules, referral) != nullptr;
}

TEST(Pass, TakesTheTypeWithItsEventOrWithAny) {
    EXPECT_TRUE(passes({.message = {"REF^I12"}}));
    EXPECT_TRUE(passes({.message = {"ADT", "REF"}}));
    EXPECT_FALSE(passes({.message = {"REF^I13"}}));
    EXPECT_FALSE(passes({.message = {"ADT^A01"}}));
    EXPECT_FALSE(passes({.message = {"RE"}}));
    EXPECT_FALSE(passes({}));
}

TEST(Pass, AsksEveryFactThatTheRuleNames) {
    EXPECT_TRUE(passes({.message = {"REF"}, .sending_application = {"OTHER", "GPSYS"}}));
    EXPECT_FALSE(passes({.message = {"REF"}, .sending_application = {"OTHER"}}));
    EXPECT_FALSE(passes({.message = {"REF"}, .sending_facility = {"OTHER"}}));
    EXPECT_FALSE(passes({.message = {"REF"}, .receiving_application = {"OTHER"}}));
    EXPECT_FALSE(passes({.message = {"REF"}, .receiving_facility = {"OTHER"}}));
    EXPECT_TRUE(passes({.message = {"REF"}, .channel = {Channel::https, Channel::mllp}}));
    EXPECT_FALSE(passes({.message = {"REF"}, .channel = {Channel::https}}));
}

const std::vector<std::string> endpoints{"one", "two"};

bool passes_fhir(const HeadCondition& head) {
    const std::vector<RouteRule> rules{passing(head)};
    return rule_that_passes(rules, FhirHeadFacts{.system = "https://e|v",
                                                 .event = "request",
                                                 .source = "gp",
                                                 .destinations = endpoints,
                                                 .sender = "A1",
                                                 .channel = "https"}) != nullptr;
}

TEST(Pass, TakesAnEventOfFhirWithItsSystemOrOfAny) {
    EXPECT_TRUE(passes_fhir({.event = {"request"}}));
    EXPECT_TRUE(passes_fhir({.event = {"response", "https://e|v|request"}}));
    EXPECT_FALSE(passes_fhir({.event = {"https://other|request"}}));
    EXPECT_FALSE(passes_fhir({.message = {"REF"}}));
    EXPECT_FALSE(passes({.event = {"request"}}));
}

TEST(Pass, AsksEveryFactOfAMessageHeader) {
    EXPECT_TRUE(passes_fhir({.event = {"request"},
                             .source = {"gp"},
                             .destination = {"two", "three"},
                             .sender = {"A1"},
                             .channel = {Channel::https}}));
    EXPECT_FALSE(passes_fhir({.event = {"request"}, .source = {"other"}}));
    EXPECT_FALSE(passes_fhir({.event = {"request"}, .destination = {"three"}}));
    EXPECT_FALSE(passes_fhir({.event = {"request"}, .sender = {"A2"}}));
    EXPECT_FALSE(passes_fhir({.event = {"request"}, .channel = {Channel::mllp}}));
}

TEST(Pass, TakesTheFirstRuleThatHolds) {
    const std::vector<RouteRule> rules{passing({.message = {"ADT"}}, "one"),
                                       passing({.message = {"REF"}}, "two"),
                                       passing({.message = {"REF^I12"}}, "three")};
    const RouteRule* rule = rule_that_passes(rules, referral);
    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(rule->to, std::vector<std::string>{"two"});
}

TEST(Pass, NeverTakesARuleOfMessagesThatAreMapped) {
    RouteRule mapped;
    mapped.head.message = {"REF"};
    const std::vector<RouteRule> rules{mapped};
    EXPECT_EQ(rule_that_passes(rules, referral), nullptr);
}

}  // namespace
}  // namespace gateway
