#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "gateway/app/cli/cli.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Result {
    ExitCode code = ExitCode::done;
    std::string out;
    std::string err;
};

Result run(std::vector<std::string> words, std::string input = {}) {
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

constexpr std::string_view json =
    "{\n"
    "  \"resourceType\": \"Patient\",\n"
    "  \"active\": true\n"
    "}\n";
constexpr std::string_view xml =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Patient xmlns=\"http://hl7.org/fhir\">\n"
    "  <active value=\"true\"/>\n"
    "</Patient>\n";

TEST(Convert, GoesBothWaysFromFileOrStandardInput) {
    const ScratchFolder folder;
    EXPECT_EQ(run({"convert", "--to", "xml", folder.write("p.json", json)}).out, xml);
    EXPECT_EQ(run({"convert", "--to", "json", "-"}, std::string{xml}).out, json);
    EXPECT_EQ(run({"convert", "--to", "json", "--compact", "-"}, std::string{xml}).out,
              "{\"resourceType\":\"Patient\",\"active\":true}\n");
}

TEST(Convert, SaysWhatIsWrongAndWritesNothing) {
    const Result result = run({"convert", "--to", "json", "-"},
                              "<Patient xmlns='http://hl7.org/fhir'>\n"
                              "<active value='true'/><birthdate value='1970'/></Patient>");
    EXPECT_EQ(result.code, ExitCode::found_problems);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, StartsWith("-:2:23: error:"));
    EXPECT_THAT(result.err, HasSubstr("Patient.birthdate"));
    EXPECT_EQ(run({"convert", "--to", "xml", "-"}, "{\"resourceType\":\"Patience\"}").code,
              ExitCode::found_problems);
}

TEST(Convert, CannotRunWithoutAFileOrAFormat) {
    EXPECT_EQ(run({"convert", "--to", "xml", "/does/not/exist"}).code, ExitCode::could_not_run);
    EXPECT_EQ(run({"convert", "--to", "yaml", "-"}).code, ExitCode::could_not_run);
    EXPECT_EQ(run({"convert", "-"}).code, ExitCode::could_not_run);
}

TEST(Convert, ShowsAnExampleFirst) {
    const Result result = run({"convert", "--help"});
    EXPECT_EQ(result.code, ExitCode::done);
    EXPECT_LT(result.out.find("painbridge convert --to xml patient.json"),
              result.out.find("Usage:"));
}

TEST(Validate, ReadsXmlToo) {
    EXPECT_EQ(run({"validate", "-"}, std::string{xml}).code, ExitCode::done);
    EXPECT_EQ(run({"validate", "-"},
                  "<Patient xmlns='http://hl7.org/fhir'><birthDate value='x'/>"
                  "</Patient>")
                  .code,
              ExitCode::found_problems);
}

}  // namespace
}  // namespace gateway
