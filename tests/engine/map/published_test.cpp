// The published maps: every feature file parses and links, every official file parses, and those
// whose input and output are JSON run as their manifest says. Skipped where the suite is not there.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "gateway/base/text.h"
#include "gateway/engine/map/parser.h"
#include "gateway/format/document/compare.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

const fs::path suite = fs::path{PAINBRIDGE_ROOT} / "../shared/conformance/fml";

std::vector<std::string> files_of(const char* folder, std::string_view ending) {
    std::vector<std::string> names;
    if (!fs::exists(suite / folder)) {
        return names;
    }
    for (const auto& entry : fs::directory_iterator{suite / folder}) {
        if (entry.path().filename().string().ends_with(ending)) {
            names.push_back(entry.path().filename());
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string test_name(std::string name) {
    std::ranges::replace_if(
        name, [](char c) { return c == '-' || c == '.'; }, '_');
    return name;
}

class Feature : public testing::TestWithParam<std::string> {};

TEST_P(Feature, ParsesAndLinks) {
    const MapFile file{GetParam(), read_file(suite / "features" / GetParam())};
    const LinkedMaps made = link_maps({&file, 1}, test_link_context());
    EXPECT_NE(made.maps, nullptr) << render_faults(made.issues, {&file, 1});
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Feature);
INSTANTIATE_TEST_SUITE_P(Published, Feature, testing::ValuesIn(files_of("features", ".fml")),
                         [](const auto& test) { return test_name(test.param); });

class OfficialMap : public testing::TestWithParam<std::string> {};

TEST_P(OfficialMap, Parses) {
    const MapFile file{GetParam(), read_file(suite / "official" / GetParam())};
    Issues issues;
    const MapSyntax map = parse_map(file, issues);
    EXPECT_FALSE(issues.has_errors()) << render_faults(issues, {&file, 1});
    EXPECT_FALSE(map.url.empty());
    EXPECT_FALSE(map.groups.empty());
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OfficialMap);
INSTANTIATE_TEST_SUITE_P(Published, OfficialMap, testing::ValuesIn(files_of("official", ".map")),
                         [](const auto& test) { return test_name(test.param); });

struct ManifestCase {
    std::string map;
    std::string source;
    std::string output;
};

class OfficialRun : public testing::TestWithParam<ManifestCase> {};

TEST_P(OfficialRun, GivesThePublishedResult) {
    if (!fs::exists(suite)) {
        GTEST_SKIP() << "the published suite is not here";
    }
    const fs::path folder = suite / "official";
    const auto maps = linked(read_file(folder / GetParam().map));
    ASSERT_NE(maps, nullptr);
    const MapInputText source{read_file(folder / GetParam().source)};
    const MapResult result = run(*maps, source);
    for (const std::string& line : issue_lines(result.issues)) {
        ADD_FAILURE() << line;
    }
    const auto bytes = std::make_shared<const std::string>(read_file(folder / GetParam().output));
    const Document expected = read_json(bytes, test_names());
    EXPECT_TRUE(same_content(expected, expected.root(), result.target, result.target.root()))
        << write_json(result.target);
}

INSTANTIATE_TEST_SUITE_P(
    Published, OfficialRun,
    testing::Values(
        ManifestCase{"qr2pat-assignment.map", "qr.json", "qr2pat-assignment-res.json"},
        ManifestCase{"qr2pat-gender.map", "qr.json", "qr2pat-gender-res.json"},
        ManifestCase{"qr2pat-humannametwice.map", "qr.json", "qr2pat-humannametwice-res.json"},
        ManifestCase{"qr2pat-humannameshared.map", "qr.json", "qr2pat-humannameshared-res.json"},
        ManifestCase{"qr2reference.map", "qr.json", "qr2reference-res.json"},
        ManifestCase{"qr2pat-gender-conformstoqr.map", "qr.json", "qr2pat-gender-res.json"}),
    [](const auto& test) { return test_name(test.param.map); });

// Official maps that the manifest gives no result for; what their text says must come out.
struct OwnCase {
    std::string map;
    std::string source;  // a file of the suite, or JSON
    std::string output;
};

class OfficialText : public testing::TestWithParam<OwnCase> {};

TEST_P(OfficialText, DoesWhatItSays) {
    if (!fs::exists(suite)) {
        GTEST_SKIP() << "the published suite is not here";
    }
    const fs::path folder = suite / "official";
    const auto maps = linked(read_file(folder / GetParam().map));
    ASSERT_NE(maps, nullptr);
    const std::string& named = GetParam().source;
    const MapInputText source{named.starts_with('{') ? named : read_file(folder / named)};
    const MapResult result = run(*maps, source);
    EXPECT_TRUE(result.issues.empty());
    EXPECT_EQ(write_json(result.target), GetParam().output);
}

INSTANTIATE_TEST_SUITE_P(
    Published, OfficialText,
    testing::Values(
        OwnCase{"cast.map", "qrext.json",
                R"({"resourceType":"Observation","extension":[)"
                R"({"url":"urn:implicitstring","valueString":"implicit"},)"
                R"({"url":"urn:explicitstring","valueString":"explicit"},)"
                R"({"url":"urn:positiveInt","valuePositiveInt":2147483647},)"
                R"({"url":"urn:positiveIntString","valuePositiveInt":2147483647}]})"},
        OwnCase{"qr2patfordates.map", "qrext.json",
                R"({"resourceType":"Patient","birthDate":"2023-10-26",)"
                R"("deceasedDateTime":"2023-09-20T13:19:13.502Z"})"},
        OwnCase{"syntaxshort.map",
                R"({"resourceType":"CapabilityStatement","name":"n","title":"t"})",
                R"({"resourceType":"CapabilityStatement","name":"n","title":"t"})"},
        OwnCase{"whereclause.map",
                R"({"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[)"
                R"({"type":"Patient","interaction":[{"code":"read"},{"code":"update"}]}]}]})",
                R"({"resourceType":"CapabilityStatement","rest":[{"resource":[)"
                R"({"interaction":[{"code":"update"}]}]}]})"},
        OwnCase{"qr2cda.map", "qr.json", R"({"title":{"data":"Hello CDA"}})"},
        OwnCase{"qr2cda-eval.map", "qr.json", R"({"title":{"data":"Hello CDA"}})"},
        OwnCase{"qr2cdaxsi.map", "qr.json", R"({"code":{"code":"1","translation":{"code":"1"}}})"}),
    [](const auto& test) { return test_name(test.param.map); });

}  // namespace
}  // namespace gateway
