// tests/golden/validate/<aspect>/<case>.json with the issues it must yield in <case>.issues.json:
// adding a case is adding a file. UPDATE_GOLDEN=1 writes the issues instead; read the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"
#include "tests/engine/validate/support.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

fs::path golden_folder() {
    return fs::path{PAINBRIDGE_ROOT} / "tests/golden/validate";
}

std::vector<fs::path> cases() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(golden_folder())) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".json") && !name.ends_with(".issues.json")) {
            found.push_back(entry.path());
        }
    }
    std::ranges::sort(found);
    return found;
}

void put(Document& document, NodeId parent, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        document.set_value(document.append(parent, name), ValueKind::string, text);
    }
}

void put(Document& document, NodeId parent, std::string_view name, std::uint32_t number) {
    document.set_value(document.append(parent, name), ValueKind::number, std::to_string(number));
}

std::string as_json(const Issues& issues) {
    Document document(std::make_shared<const NameTable>());
    for (const Issue& issue : issues) {
        const NodeId node = document.append(document.root(), "issue");
        document.set_repeats(node, true);
        put(document, node, "severity", to_string(issue.severity));
        put(document, node, "code", issue.code);
        put(document, node, "path", issue.path);
        put(document, node, "line", issue.position.line);
        put(document, node, "column", issue.position.column);
        put(document, node, "text", issue.text);
        put(document, node, "rule", issue.rule);
    }
    return write_json(document, document.root(), JsonStyle::pretty);
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, YieldsItsIssues) {
    const std::string actual = as_json(issues_of_json(read_file(GetParam().string())));
    fs::path expected = GetParam();
    expected.replace_extension(".issues.json");
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(expected) << actual;
        return;
    }
    ASSERT_TRUE(fs::exists(expected)) << "run once with UPDATE_GOLDEN=1 and read what it wrote";
    EXPECT_EQ(read_file(expected.string()), actual);
}

INSTANTIATE_TEST_SUITE_P(Validate, Golden, testing::ValuesIn(cases()), [](const auto& parameter) {
    std::string name =
        parameter.param.parent_path().filename().string() + "_" + parameter.param.stem().string();
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace gateway
