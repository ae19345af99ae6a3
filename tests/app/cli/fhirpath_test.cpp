// `painbridge fhirpath`: results, the tree with its types, and faults that a person can act on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "gateway/app/cli/cli.h"

namespace gateway {
namespace {

using testing::HasSubstr;

struct Result {
    ExitCode code = ExitCode::done;
    std::string out;
    std::string err;
};

Result run(const std::vector<std::string>& words, std::string input = {}) {
    std::istringstream in(std::move(input));
    std::ostringstream out;
    std::ostringstream err;
    Terminal terminal{.in = in, .out = out, .err = err};
    Result result;
    result.code = run_cli(words, terminal);
    result.out = out.str();
    result.err = err.str();
    return result;
}

constexpr const char* patient =
    R"({"resourceType":"Patient","name":[{"use":"official","family":"Windsor"}]})";

TEST(FhirpathVerb, PrintsTypesAndValues) {
    EXPECT_EQ(run({"fhirpath", "--input", "-", "name.family | 1.50"}, patient).out,
              R"([{"type":"string","value":"Windsor"},{"type":"Decimal","value":1.50}])"
              "\n");
}

TEST(FhirpathVerb, ExplainsWithTheTypesOfTheInputOrOfTheTypeThatIsNamed) {
    const std::string tree = "family: string (many)\n  name: HumanName (many)\n";
    EXPECT_EQ(run({"fhirpath", "--explain", "--type", "Patient", "name.family"}).out, tree);
    EXPECT_EQ(run({"fhirpath", "--explain", "--input", "-", "name.family"}, patient).out, tree);
    EXPECT_EQ(run({"fhirpath", "--explain", "--type", "Bundle.entry", "resource"}).code,
              ExitCode::done);
    const Result unknown = run({"fhirpath", "--explain", "--type", "Patent", "name"});
    EXPECT_EQ(unknown.code, ExitCode::found_problems);
    EXPECT_THAT(unknown.err, HasSubstr("Patent"));
}

TEST(FhirpathVerb, StrictPointsAtTheElementAndNamesTheNearest) {
    const Result strict = run({"fhirpath", "--strict", "--input", "-", "name.famly"}, patient);
    EXPECT_EQ(strict.code, ExitCode::found_problems);
    EXPECT_EQ(strict.out, "");
    EXPECT_THAT(strict.err, HasSubstr("HumanName (many) has no element 'famly'; did you mean "
                                      "'family'?"));
    EXPECT_THAT(strict.err, HasSubstr("    name.famly\n         ^"));
    EXPECT_EQ(run({"fhirpath", "--input", "-", "name.famly"}, patient).out, "[]\n");
}

}  // namespace
}  // namespace gateway
