#include "tests/engine/map/golden_case.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view map_base = "https://painbridge.invalid/map/";

fs::path conformance_folder() {
    const char* named = std::getenv("PAINBRIDGE_CONFORMANCE_DIR");
    return named != nullptr ? fs::path{named} : fs::path{PAINBRIDGE_ROOT} / "../shared/conformance";
}

std::string trimmed(std::string text) {
    const auto end = text.find_last_not_of(" \r\n");
    return end == std::string::npos ? std::string{} : text.substr(0, end + 1);
}

// `<case>.in.hl7` holds the message; `<case>.from` says where it is: a path in the project, or
// `conformance:` and a path in the published material.
void locate_input(GoldenCase& golden) {
    golden.input = golden.beside(".in.hl7");
    const fs::path from = golden.beside(".from");
    if (!fs::exists(from)) {
        return;
    }
    constexpr std::string_view prefix = "conformance:";
    const std::string place = trimmed(text_of_file(from));
    golden.published = place.starts_with(prefix);
    golden.input = golden.published ? conformance_folder() / place.substr(prefix.size())
                                    : fs::path{PAINBRIDGE_ROOT} / place;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

fs::path GoldenCase::beside(const std::string& suffix) const {
    return fs::path{stem.string() + suffix};
}

void PrintTo(const GoldenCase& golden, std::ostream* out) {
    *out << golden.name;
}

std::vector<GoldenCase> golden_cases() {
    const fs::path root = fs::path{PAINBRIDGE_ROOT} / "tests/golden/map";
    std::vector<GoldenCase> found;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const std::string file = entry.path().string();
        for (const std::string suffix : {".in.hl7", ".from"}) {
            if (!file.ends_with(suffix)) {
                continue;
            }
            GoldenCase golden;
            golden.stem = file.substr(0, file.size() - suffix.size());
            golden.name = fs::relative(golden.stem, root).generic_string();
            golden.map_url = std::string{map_base} +
                             fs::relative(golden.stem.parent_path(), root).generic_string();
            golden.answer = golden.beside(".answer.json");
            locate_input(golden);
            found.push_back(golden);
        }
    }
    std::ranges::sort(found, {}, &GoldenCase::name);
    return found;
}

std::vector<Expectation> expectations_of(const GoldenCase& golden) {
    std::vector<Expectation> found;
    std::size_t number = 0;
    for (std::string line : lines_of(text_of_file(golden.beside(".expect")))) {
        ++number;
        if (line.empty() || line.front() == '#') {
            continue;
        }
        Expectation expectation{Expectation::Of::output, {}, number};
        for (const auto& [word, of] : {std::pair{"@ledger ", Expectation::Of::ledger},
                                       std::pair{"@issues ", Expectation::Of::issues}}) {
            if (line.starts_with(word)) {
                expectation.of = of;
                line.erase(0, std::string_view{word}.size());
            }
        }
        expectation.expression = line;
        found.push_back(expectation);
    }
    return found;
}

std::string text_of_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        throw std::runtime_error("cannot read " + file.string());
    }
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string difference(const std::string& expected, const std::string& actual) {
    if (expected == actual) {
        return {};
    }
    constexpr std::size_t around = 3;
    constexpr std::size_t shown_max = 30;
    const auto left = lines_of(expected);
    const auto right = lines_of(actual);
    std::size_t first = 0;
    while (first < left.size() && first < right.size() && left[first] == right[first]) {
        ++first;
    }
    std::size_t left_end = left.size();
    std::size_t right_end = right.size();
    while (left_end > first && right_end > first && left[left_end - 1] == right[right_end - 1]) {
        --left_end;
        --right_end;
    }
    std::ostringstream out;
    out << "from line " << first + 1 << ":\n";
    for (std::size_t at = first - std::min(first, around); at < first; ++at) {
        out << "  " << left[at] << '\n';
    }
    for (std::size_t at = first; at < std::min(left_end, first + shown_max); ++at) {
        out << "- " << left[at] << '\n';
    }
    for (std::size_t at = first; at < std::min(right_end, first + shown_max); ++at) {
        out << "+ " << right[at] << '\n';
    }
    return out.str();
}

}  // namespace gateway
