// Every folder under cases/ is a test: map.fml (and further *.fml that it imports), in.json or
// in.hl7, out.json; issues.txt (a line each) where the data has faults; ledger.txt (path, state,
// targets) where the account of the source matters. UPDATE_GOLDEN=1 rewrites what is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/base/text.h"
#include "gateway/format/document/compare.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/engine/map/map_fixture.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

const fs::path cases_folder = fs::path{PAINBRIDGE_ROOT} / "tests/engine/map/cases";

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{cases_folder}) {
        names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

// A file's line ends are those of the editor; a message's are CR.
std::string as_sent(std::string text) {
    if (text.starts_with("MSH")) {
        std::ranges::replace(text, '\n', '\r');
    }
    return text;
}

std::vector<MapFile> map_files(const fs::path& folder) {
    std::vector<MapFile> files = {{"map.fml", read_file(folder / "map.fml")}};
    for (const auto& entry : fs::directory_iterator{folder}) {
        const std::string name = entry.path().filename();
        if (name.ends_with(".fml") && name != "map.fml") {
            files.push_back({name, read_file(entry.path())});
        }
    }
    return files;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::string ledger_text(const RunView& view) {
    const Document ledger = ledger_document(view);
    std::string text;
    for (const NodeId leaf : ledger.children(ledger.root(), "leaves")) {
        text += ledger.child_value(leaf, "path");
        text += " ";
        text += ledger.child_value(leaf, "state");
        for (const NodeId target : ledger.children(leaf, "targets")) {
            text += " ";
            text += ledger.value(target);
        }
        if (ledger.child(leaf, "reason") != no_node) {
            text += " (" + std::string{ledger.child_value(leaf, "reason")} + ")";
        }
        text += "\n";
    }
    return text;
}

void expect_text(const fs::path& file, const std::string& actual) {
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
        std::ofstream{file} << actual;
    }
    EXPECT_EQ(actual, read_file(file)) << file;
}

void expect_json(const fs::path& file, const Document& actual) {
    const std::string text = write_json(actual, actual.root(), JsonStyle::pretty);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
        std::ofstream{file} << text << "\n";
    }
    const auto bytes = std::make_shared<const std::string>(read_file(file));
    const Document expected = read_json(bytes, test_names());
    const auto again = std::make_shared<const std::string>(text);
    const Document reread = read_json(again, test_names());
    EXPECT_TRUE(same_content(expected, expected.root(), reread, reread.root())) << text;
}

class MapCase : public testing::TestWithParam<std::string> {};

TEST_P(MapCase, GivesTheExpectedDocument) {
    const fs::path folder = cases_folder / GetParam();
    const std::vector<MapFile> files = map_files(folder);
    const LinkedMaps made = link_maps(files, test_link_context());
    ASSERT_NE(made.maps, nullptr) << render_faults(made.issues, files);
    const fs::path json = folder / "in.json";
    const MapInputText source{as_sent(read_file(fs::exists(json) ? json : folder / "in.hl7"))};
    const MapResult result = run(*made.maps, source);
    expect_json(folder / "out.json", result.target);
    const fs::path issues = folder / "issues.txt";
    if (fs::exists(issues)) {
        expect_text(issues, joined(issue_lines(result.issues)));
    } else {
        EXPECT_EQ(joined(issue_lines(result.issues)), "");
    }
    if (fs::exists(folder / "ledger.txt")) {
        const MapInput input = source.input();
        expect_text(folder / "ledger.txt", ledger_text({*made.maps,
                                                        made.maps->urls().front(),
                                                        {&input, 1},
                                                        result,
                                                        test_context().source_path}));
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, MapCase, testing::ValuesIn(case_names()), [](const auto& test) {
    std::string name = test.param;
    std::ranges::replace(name, '-', '_');
    return name;
});

}  // namespace
}  // namespace gateway
