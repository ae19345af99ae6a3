// What is said about expressions that are wrong, and the limits that hold for all of them.
#include "tests/engine/fhirpath/path_fixture.h"

namespace gateway::fhirpath_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct FaultCase {
    std::string expression;
    std::uint32_t line;
    std::uint32_t column;
    std::string text;
};

TEST_F(PathTest, FaultsPointAtTheirPlaceAndSayWhatIsMeant) {
    const std::vector<FaultCase> cases{
        {"2 + 2 /", 1, 8, "end of the expression"},
        {"name.", 1, 6, "name of an element"},
        {"name.given)", 1, 11, "ends before this"},
        {"(name", 1, 6, "')' is expected"},
        {"name[0", 1, 7, "']' is expected"},
        {"'abc", 1, 1, "not closed"},
        {"1 /* x", 1, 3, "not closed"},
        {"'a\\q'", 1, 3, "unknown escape"},
        {"$that", 1, 1, "unknown variable"},
        {"name\n  .where(use = )", 2, 16, "value, element"},
        {"name.exist()", 1, 6, "did you mean 'exists'"},
        {"name.first(1)", 1, 6, "takes 0 arguments, not 1"},
        {"name.substring()", 1, 6, "takes 1 to 2 arguments"},
        {"x and and y", 1, 7, "'and'"},
        {"3000000000", 1, 1, "too large"},
        {"@2015-13-01", 1, 1, "out of the range"},
        {"@T25:00", 1, 1, "out of the range"},
        {"name # given", 1, 6, "ends before this"},
        {"a.is(1)", 1, 6, "name of a type"},
        {"gender is Strin", 1, 8, "no type 'Strin'"},
    };
    for (const FaultCase& one : cases) {
        const Issue issue = fault(one.expression);
        EXPECT_THAT(issue.text, HasSubstr(one.text)) << one.expression;
        EXPECT_EQ(issue.position, (Position{one.line, one.column})) << one.expression;
    }
}

TEST_F(PathTest, ASyntaxFaultIsInvalidAndARuntimeOneUnprocessable) {
    try {
        compiled("1 +");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::invalid);
        EXPECT_THAT(failure.internal(), HasSubstr("^"));
    }
    try {
        (void)results("name.single()");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.category(), Category::unprocessable);
        EXPECT_EQ(failure.issues()[0].position, (Position{1, 6}));
    }
}

TEST_F(PathTest, RuntimeFaultsNameTypesButNoValues) {
    EXPECT_THAT(fault("gender + 1").text, HasSubstr("a String and a Integer"));
    EXPECT_THAT(fault("gender < 1").text, HasSubstr("no common order"));
    EXPECT_THAT(fault("-gender").text, HasSubstr("a String"));
    EXPECT_THAT(fault("name.first().length()").text, HasSubstr("for Strings"));
    EXPECT_THAT(fault("'a' - 'b'").text, HasSubstr("'-' cannot be applied"));
    EXPECT_THAT(fault("@2024-01-01 + 1 'cm'").text, HasSubstr("cannot be added"));
    EXPECT_THAT(fault("@2024-01-01 + 1 'mo'").text, HasSubstr("calendar unit"));
    EXPECT_THAT(fault("gender + 1").text, Not(HasSubstr("female")));
}

TEST_F(PathTest, StrictChecksFindElementsThatDoNotExist) {
    EXPECT_THAT(fault("name.given1", PathChecks::strict).text,
                HasSubstr("HumanName (many) has no element 'given1'; did you mean 'given'?"));
    EXPECT_THAT(fault("Encounter.name", PathChecks::strict).text, HasSubstr("applied to Patient"));
    EXPECT_THAT(fault("multipleBirthInteger", PathChecks::strict).text,
                HasSubstr("it is 'multipleBirth'"));
    EXPECT_THAT(fault("name.where(famly = 'x')", PathChecks::strict).text,
                HasSubstr("did you mean 'family'"));
    EXPECT_THAT(fault("children().skip(1)", PathChecks::strict).text, HasSubstr("order"));
    EXPECT_THAT(fault("name.startsWith('x')", PathChecks::strict).text, HasSubstr("HumanName"));
    EXPECT_THAT(fault("iif('x', 1, 2)", PathChecks::strict).text, HasSubstr("Boolean"));
    EXPECT_THAT(fault("birthDate + 7", PathChecks::strict).text, HasSubstr("quantity of time"));
}

TEST_F(PathTest, StrictChecksPassWhatMayBeRight) {
    for (const char* expression :
         {"contained.name", "name.where(use = 'usual').given.first()", "extension.value.unit",
          "name.select(given | family)", "managingOrganization.resolve().name",
          "descendants().where($this is Period).start", "contact.organization.reference",
          "birthDate.value"}) {
        EXPECT_NO_THROW(compiled(expression, PathChecks::strict)) << expression;
    }
}

TEST_F(PathTest, UnknownVariablesAreFoundWhenTheKnownOnesAreTold) {
    const std::vector<std::string> known{"sender"};
    CompileContext context{*names_, schema_.get()};
    context.variables = known;
    EXPECT_NO_THROW(compile("%sender.exists() and %resource.exists()", context));
    try {
        compile("%sendr", context);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.issues()[0].text, HasSubstr("did you mean 'sender'"));
    }
}

TEST_F(PathTest, AnExpressionWithinALargerTextKnowsItsEndAndItsPlace) {
    const std::string text = "map\n  src.name as n where (use = 'official') -> tgt";
    const std::size_t start = text.find("use");
    const ParsedExpression parsed = parse_expression(text, start);
    EXPECT_EQ(text[parsed.end()], ')');
    EXPECT_EQ(parsed.text(), "use = 'official'");
    const std::string faulty = "map\n  check (name.frist())";
    try {
        compile(parse_expression(faulty, faulty.find("name")), {*names_, schema_.get()});
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.issues()[0].position, (Position{2, 15}));
        EXPECT_THAT(failure.issues()[0].text, HasSubstr("did you mean 'first'"));
    }
}

TEST_F(PathTest, AnExpressionFallsIntoThePartsThatAndJoins) {
    const auto parsed = parse_expression(
        "id.exists() and (name.exists() and (gender = 'male' or active)) and 'a and b' = 'x'", 0);
    std::vector<std::string> texts;
    for (const ParsedExpression& part : parsed.conjuncts()) {
        texts.emplace_back(compile(part, {*names_, schema_.get()}).text());
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"id.exists()", "name.exists()",
                                               "(gender = 'male' or active)", "'a and b' = 'x'"}));
    EXPECT_EQ(parse_expression("a and b or c", 0).conjuncts().size(), 1U);
}

TEST_F(PathTest, AnArrowEndsAnEmbeddedExpression) {
    const std::string text = "a.b = 1 -> c";
    EXPECT_EQ(parse_expression(text, 0).text(), "a.b = 1");
    EXPECT_EQ(text.substr(parse_expression(text, 0).end()), "-> c");
}

TEST_F(PathTest, DoubleQuotesAreTextsOnlyWhereTheyAreAllowed) {
    const auto parsed = parse_expression("use = \"usual\"", 0, PathQuotes::single_or_double);
    const Program program = compile(parsed, {*names_, schema_.get()});
    EXPECT_EQ(program.text(), "use = \"usual\"");
    EXPECT_THAT(fault("use = \"usual\"").text, HasSubstr("found '\"'"));
}

TEST_F(PathTest, NestingIsBounded) {
    const std::string open(10'000, '(');
    EXPECT_THAT(fault(open + "1").text, HasSubstr("nested deeper"));
    std::string chain = "id";
    for (int step = 0; step < 10'000; ++step) {
        chain += ".id";
    }
    EXPECT_THAT(fault(chain).text, HasSubstr("nested deeper"));
    EXPECT_THAT(fault(std::string(10'000, '-') + "1").text, HasSubstr("nested deeper"));
    std::string sum = "1";
    for (int step = 0; step < 200; ++step) {
        sum += "+1";
    }
    EXPECT_EQ(results(sum), std::vector<std::string>{"Integer:201"});
}

TEST_F(PathTest, AnEvaluationThatCostsTooMuchStopsWithANamedIssue) {
    context_.limits.steps = 10'000;
    const Issue steps = fault("name.repeatAll(%context.name)");
    EXPECT_EQ(steps.code, "too-costly");
    EXPECT_THAT(steps.text, HasSubstr("10000 steps"));
    context_.limits = {};
    context_.limits.bytes = 100'000;
    EXPECT_EQ(fault("'ab'.repeat($this & $this)").code, "too-costly");
    EXPECT_EQ(fault("'aaaaaaaaaaaaaaaa'.replace('a', 'aaaaaaaaaaaaaaaa')"
                    ".replace('a', 'aaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaa')"
                    ".replace('a', 'aaaaaaaaaaaaaaaa')")
                  .code,
              "too-costly");
}

TEST_F(PathTest, AFaultLeavesTheContextFitForTheNextEvaluation) {
    (void)fault("name.select(given.single())");
    EXPECT_EQ(results("name.count()"), std::vector<std::string>{"Integer:3"});
    context_.reset();
    EXPECT_EQ(results("'a' & 'b'"), std::vector<std::string>{"String:ab"});
}

TEST_F(PathTest, ExplainShowsTheStepsWithTheirTypes) {
    CompileContext context{*names_, schema_.get()};
    context.focus_type = "Patient";
    const std::string tree = compile("name.where(use = 'usual').given", context).explain();
    EXPECT_EQ(tree,
              "given: string (many)\n"
              "  where: HumanName (many)\n"
              "    name: HumanName (many)\n"
              "    =: Boolean\n"
              "      use: code\n"
              "      'usual': String\n");
    EXPECT_EQ(compile("(multipleBirth as integer) > 1.50", context).explain(),
              ">: Boolean\n"
              "  as integer: integer\n"
              "    multipleBirth: boolean or integer\n"
              "  1.50: Decimal\n");
    context.focus_type = {};
    EXPECT_EQ(compile("name.given", context).explain(), "given: unknown\n  name: unknown\n");
}

// Neither cut nor changed expressions may crash, hang or leak; what they mean does not matter.
TEST_F(PathTest, DamagedExpressionsFailCleanly) {
    context_.limits.steps = 100'000;
    const std::vector<std::string> seeds{
        "name.where(use = 'official' and given.count() > 1).select(family & ', ' & given.first())",
        "extension('http://example.org/score').value.ofType(Quantity) > 7 '{score}'",
        "birthDate + 4 days <= @2015-02-04T14:34:28.123+10:00 or %`vs-x` ~ {}",
        "name.given.aggregate(iif($total.empty(), $this, $total & $this), '').replaceMatches('a', "
        "'b')",
        "descendants().sort(-$this.toString(), type().name desc).take(3).lowBoundary(6)"};
    std::uint32_t random = 12345;
    for (const std::string& seed : seeds) {
        for (std::size_t change = 0; change < 2'000; ++change) {
            random = random * 1664525U + 1013904223U;
            std::string damaged = seed;
            const std::size_t at = (random >> 8U) % damaged.size();
            if (change % 3 == 0) {
                damaged.resize(at);
            }
            if (change % 3 == 1) {
                damaged[at] = static_cast<char>(random & 0xFFU);
            }
            if (change % 3 == 2) {
                damaged.insert(at, 1, "().[]'`%$@+-"[random % 12]);
            }
            try {
                (void)evaluate(compiled(damaged), context_);
            } catch (const Failure&) {
                continue;
            }
        }
        context_.reset();
    }
}

}  // namespace
}  // namespace gateway::fhirpath_test
