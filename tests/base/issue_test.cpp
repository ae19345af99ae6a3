#include "gateway/base/issue.h"

#include <gtest/gtest.h>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {
namespace {

TEST(Issue, GrowsItsPathAsTheWalkDescends) {
    Issues issues;
    IssueSink sink(issues, "Bundle");
    {
        const IssueScope entry(sink, "entry", 2);
        const IssueScope resource(sink, "resource");
        sink.add(Severity::error, "required", "subject is missing");
    }
    sink.add(Severity::warning, "value", "odd");
    EXPECT_EQ(issues[0].path, "Bundle.entry[2].resource");
    EXPECT_EQ(issues[1].path, "Bundle");
    EXPECT_TRUE(issues.has_errors());
}

TEST(Issue, CountsLinesForEveryLineEnding) {
    EXPECT_EQ(position_at("a\rb\r\nc\nd", 7), (Position{4, 1}));
    EXPECT_EQ(position_at("MSH|\rPID|1", 9), (Position{2, 5}));
}

TEST(Issue, RendersTheLineAndACaret) {
    Issue issue;
    issue.text = "wrong";
    issue.position = {2, 3};
    EXPECT_EQ(render(issue, "f.txt", "one\ntwo\n"), "f.txt:2:3: error: wrong\n    two\n      ^");
}

TEST(Failure, HasAMeaningForEveryCategory) {
    EXPECT_EQ(describe(Category::invalid).http_status, 400);
    EXPECT_EQ(describe(Category::too_early).http_status, 425);
    EXPECT_EQ(describe(Category::unavailable).msa_1, "AE");
}

TEST(Text, FindsTheNearestWord) {
    const std::vector<std::string> words{"birthDate", "name", "gender"};
    EXPECT_EQ(nearest_word("birthdate", words), "birthDate");
    EXPECT_EQ(nearest_word("zzzzzzzz", words), std::nullopt);
}

}  // namespace
}  // namespace gateway
