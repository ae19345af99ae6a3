// No expression and no data may cost more than the budgets, however little there is to write: what
// doubles with every step, what nests as deep as it may.
#include "gateway/engine/fhirpath/evaluator.h"
#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int time = 0; time < times; ++time) {
        result += text;
    }
    return result;
}

// %v0 holds two values, and each variable twice what the one before it holds.
std::string doubling_variables(int count) {
    std::string expression = "defineVariable('v0', 1.combine(1))";
    for (int index = 1; index <= count; ++index) {
        const std::string before = "%v" + std::to_string(index - 1);
        expression += ".defineVariable('v" + std::to_string(index) + "', " + before + ".combine(" +
                      before + "))";
    }
    return expression + ".select(%v" + std::to_string(count) + ".count())";
}

TEST_F(PathTest, WhatDoublesWithEveryStepEndsAtABudget) {
    const std::vector<std::string> expressions{
        doubling_variables(40),
        "'ab'" + repeated(".select($this & $this & $this & $this)", 20),
        "1.combine(1)" + repeated(".select(1.combine(1))", 40),
        "'a,a'" + repeated(".replace('a', 'a,a,a')", 20) + ".split(',')",
        "(1 | 2).repeatAll($this | 3)",
        "name.given.aggregate($total.combine($this).combine($total))" +
            repeated(".aggregate($total.combine($total).combine(%context.descendants()))", 30),
    };
    for (const std::string& expression : expressions) {
        const Issue issue = fault(expression);
        EXPECT_EQ(issue.code, "too-costly") << expression;
        EXPECT_THAT(issue.text, HasSubstr("narrow the expression or raise the limit"));
        const std::size_t held = context_.workspace().stack.capacity() * sizeof(Value);
        EXPECT_LE(held, 2 * context_.limits.bytes) << expression;
        context_.reset();
    }
}

TEST_F(PathTest, VariablesThatEndedGiveTheirRoomBack) {
    context_.limits.bytes = 10'000;
    const std::string one =
        "name.given.combine(name.given).select(defineVariable('a', "
        "%context.descendants()).select(%a.count()))";
    // Ten times the values of `a` would not fit at once.
    EXPECT_EQ(results(one).size(), 10U);
    EXPECT_EQ(results(one).size(), 10U);
}

TEST_F(PathTest, ABudgetIsMetExactly) {
    const Program program = compiled("name.given.count()");
    std::uint64_t needed = 0;
    for (context_.limits.steps = 0; needed == 0; ++context_.limits.steps) {
        try {
            (void)evaluate(program, context_);
            needed = context_.limits.steps;
        } catch (const Failure& failure) {
            ASSERT_EQ(failure.issues()[0].code, "too-costly");
            ASSERT_LT(context_.limits.steps, 100U);
        }
    }
    EXPECT_GT(needed, 5U);  // three names and five given names are looked at
    EXPECT_NO_THROW((void)evaluate(program, context_));
}

// As deep as the reader lets data nest; functions that walk it take no more stack for it.
TEST_F(PathTest, DataMayNestAsDeepAsItsReaderAllows) {
    const int levels = 28;  // two levels of JSON each
    const std::string json = R"({"resourceType":"Questionnaire","status":"draft")" +
                             repeated(R"(,"item":[{"linkId":"1")", levels) +
                             repeated("}]", levels) + "}";
    const Document deep = read(json);
    context_.set_focus(root_value(deep, schema_.get()));
    expect({
        {"repeat(item).count()", {"Integer:28"}},
        {"descendants().where(linkId = '1').count()", {"Integer:28"}},
        {"item = item", {"Boolean:true"}},
        {"item ~ item.item", {"Boolean:false"}},
        {"descendants().distinct().count() > 28", {"Boolean:true"}},
    });
    const std::string too_deep = R"({"resourceType":"Questionnaire")" +
                                 repeated(R"(,"item":[{"linkId":"1")", 1'000) +
                                 repeated("}]", 1'000) + "}";
    EXPECT_THROW((void)read(too_deep), Failure);
}

}  // namespace
}  // namespace gateway::fhirpath_test
