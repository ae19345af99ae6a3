#include "gateway/format/fhir/operation_outcome.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string json(const Issues& issues) {
    return operation_outcome_json(issues, std::make_shared<const NameTable>());
}

TEST(OperationOutcome, TellsWhatIsWrongWhereInTheResourceAndWhereInTheMessage) {
    Issues issues;
    issues.add({.severity = Severity::error,
                .code = "value",
                .path = "Patient.birthDate",
                .text = "a date is YYYY, YYYY-MM or YYYY-MM-DD",
                .source = "PID-7",
                .position = {3, 42},
                .rule = "pid-7"});

    EXPECT_EQ(json(issues),
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value",)"
              R"("details":{"text":"a date is YYYY, YYYY-MM or YYYY-MM-DD"},)"
              R"("diagnostics":"PID-7, line 3, column 42; rule pid-7",)"
              R"("expression":["Patient.birthDate"]}]})");
}

TEST(OperationOutcome, LeavesOutWhatIsNotKnown) {
    Issues issues;
    issues.add({.severity = Severity::warning, .code = {}, .path = {}, .text = "x"});

    EXPECT_EQ(json(issues), R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning",)"
                            R"("code":"processing","details":{"text":"x"}}]})");
}

TEST(OperationOutcome, HasOneIssueWhereAllIsWell) {
    EXPECT_EQ(json({}), R"({"resourceType":"OperationOutcome","issue":[{"severity":"information",)"
                        R"("code":"informational","details":{"text":"All OK"}}]})");
}

TEST(OperationOutcome, TellsThePeerTheIssuesOfAFailureElseItsExternalText) {
    const Failure plain(Category::busy, "try again later", "the queue of lane 3 is full");
    ASSERT_EQ(issues_of(plain).size(), 1U);
    EXPECT_EQ(issues_of(plain)[0].code, "throttled");
    EXPECT_EQ(issues_of(plain)[0].text, "try again later");

    Issues issues;
    issues.add({.code = "required", .path = "a", .text = "b"});
    EXPECT_EQ(issues_of(Failure(Category::invalid, "c", {}, issues)), issues);
}

}  // namespace
}  // namespace gateway
