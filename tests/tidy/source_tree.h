// The project's own files as the house rules see them. Read once by each test program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::tidy {

struct SourceFile {
    std::string path;  // below the root: gateway/base/log.h
    std::string text;
    std::string code;  // C++ only: comments and the content of literals are blanks, lines are kept

    bool is_header() const { return path.ends_with(".h"); }

    bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }

    bool is_below(std::string_view folder) const { return path.starts_with(folder); }
};

// Every file that could be committed: not build trees, downloads and git's own.
const std::vector<SourceFile>& source_tree();

// `pattern` of a rule at work: "path:line: the line".
std::string place(const SourceFile& file, std::size_t offset);

// C++ with comments and literals blanked; exported for its own test.
std::string code_only(std::string_view text);

// #include lines: what stands between the quotes or angle brackets, and the offset.
struct Include {
    std::string name;  // with its delimiters: <vector>, "gateway/base/log.h"
    std::size_t offset;
};

std::vector<Include> includes_of(const SourceFile& file);

// One gateway_library(…) of gateway/CMakeLists.txt or gateway_test(…) of tests/CMakeLists.txt.
struct Folder {
    std::string name;                  // format/json
    std::vector<std::string> sources;  // relative to the folder
    std::vector<std::string> links;
};

std::vector<Folder> declared_folders(std::string_view cmake_file, std::string_view function);

}  // namespace gateway::tidy
