// Sizes, dead files, paths that documents name, and what must never be committed.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "gateway/base/text.h"
#include "tests/tidy/source_tree.h"

namespace gateway::tidy {
namespace {

const std::string root = PAINBRIDGE_ROOT;

bool exists(const std::string& path) {
    return std::filesystem::exists(root + "/" + path);
}

// Lines that hold code: a header is not shorter for saying less about itself.
std::ptrdiff_t code_lines(const SourceFile& file) {
    const std::vector<std::string_view> lines = split(file.code, '\n');
    return std::ranges::count_if(lines,
                                 [](std::string_view line) { return !trimmed(line).empty(); });
}

TEST(Files, StayShortEnoughToRead) {
    constexpr std::ptrdiff_t source_lines_max = 600;
    constexpr std::ptrdiff_t header_code_lines_max = 180;
    for (const SourceFile& file : source_tree()) {
        if (file.is_header()) {
            EXPECT_LE(code_lines(file), header_code_lines_max)
                << file.path << ": split it by a word of the domain (comments do not count)";
        } else if (file.is_cpp()) {
            EXPECT_LE(std::ranges::count(file.text, '\n'), source_lines_max)
                << file.path << ": split it by a word of the domain";
        }
    }
}

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

// Functions of a file and of a class in it, by the house's own layout: a line at that indentation
// opens one, and `}` alone at the same indentation ends it.
struct Function {
    std::size_t line = 0;  // from 1
    std::size_t lines = 0;
    std::string_view opening;
};

std::vector<Function> functions_of(std::string_view code, std::size_t indent) {
    static const RE2 no_function(R"((namespace|class|struct|union|enum|extern)\b.*)");
    std::vector<Function> found;
    Function open;
    std::size_t number = 0;
    for (const std::string_view line : split(code, '\n')) {
        ++number;
        if (indent_of(line) != indent || line.size() == indent || line[indent] == '#') {
            continue;
        }
        const std::string_view statement = trimmed(line);
        if (statement == "}" && !open.opening.empty()) {
            open.lines = number - open.line + 1;
            found.push_back(open);
        }
        const re2::StringPiece whole(statement.data(), statement.size());
        const bool opens =
            statement[0] != '}' && !statement.ends_with(';') && !RE2::FullMatch(whole, no_function);
        open = opens ? Function{number, 0, line} : Function{};
    }
    return found;
}

// clang-tidy counts as well, but only in gateway/ and only where tests/tidy/lint runs.
TEST(Files, FunctionsFitOnAScreen) {
    constexpr std::size_t function_lines_max = 60;
    for (const SourceFile& file : source_tree()) {
        for (const std::size_t indent : {0U, 4U}) {
            for (const Function& function : functions_of(file.code, indent)) {
                EXPECT_LE(function.lines, function_lines_max)
                    << file.path << ':' << function.line << ": " << function.opening
                    << "\n  split it: each part a step that has a name";
            }
        }
    }
}

TEST(FunctionsOf, FindsThemAtTheirIndentation) {
    constexpr std::string_view code =
        "namespace a {\nint f(int b,\n      int c) {\n    return b;\n}\nclass T {\n    T()\n"
        "        : x_(1) {\n    }\n};\nint y = 1;\n}\n";
    const auto outer = functions_of(code, 0);
    ASSERT_EQ(outer.size(), 1U);
    EXPECT_EQ(outer[0].line, 2U);
    EXPECT_EQ(outer[0].lines, 4U);
    const auto inner = functions_of(code, 4);
    ASSERT_EQ(inner.size(), 1U);
    EXPECT_EQ(inner[0].line, 7U);
    EXPECT_EQ(inner[0].lines, 3U);
}

TEST(Files, HeadersOpenWithTheirPurpose) {
    for (const SourceFile& file : source_tree()) {
        if (!file.is_header()) {
            continue;
        }
        EXPECT_TRUE(file.text.starts_with("// "))
            << file.path << ": open with 2 to 6 lines: purpose, invariant, thread-safety, spec";
        EXPECT_NE(file.text.find("\n#pragma once\n"), std::string::npos)
            << file.path << ": write #pragma once below the purpose";
    }
}

std::set<std::string> declared_sources(const std::string& top, const std::string& function) {
    std::set<std::string> sources;
    for (const Folder& folder : declared_folders(top + "/CMakeLists.txt", function)) {
        for (const std::string& source : folder.sources) {
            sources.insert(
                (std::filesystem::path(top) / folder.name / source).lexically_normal().string());
        }
    }
    return sources;
}

TEST(Files, EverySourceIsBuilt) {
    std::set<std::string> declared = declared_sources("gateway", "gateway_library");
    declared.merge(declared_sources("tests", "gateway_test"));
    declared.merge(declared_sources("tests", "gateway_fuzz"));
    // Programs are named in plain add_executable calls.
    std::string cmake;
    for (const SourceFile& file : source_tree()) {
        cmake += file.path.ends_with("CMakeLists.txt") ? file.text : "";
    }
    for (const SourceFile& file : source_tree()) {
        if (!file.path.ends_with(".cpp") || declared.contains(file.path)) {
            continue;
        }
        const std::string below = file.path.substr(file.path.find('/') + 1);
        EXPECT_NE(cmake.find(below), std::string::npos)
            << file.path << ": no CMakeLists.txt builds it; list it or delete it";
    }
}

TEST(Files, EveryHeaderIsIncluded) {
    std::set<std::string> included;
    for (const SourceFile& file : source_tree()) {
        for (const Include& include : includes_of(file)) {
            included.insert(include.name.substr(1, include.name.size() - 2));
        }
    }
    for (const SourceFile& file : source_tree()) {
        EXPECT_TRUE(!file.is_header() || included.contains(file.path))
            << file.path << ": nothing includes it; delete it";
    }
}

// `gateway/base/log.h`, `tests/tidy/`, `config/partners/*.toml` in backticks; [text](path) links.
std::vector<std::string> paths_named_by(const SourceFile& file) {
    static const RE2 quoted(
        R"(`((?:gateway|tests|config|docs|mappings|profiles|\.ci)/[A-Za-z0-9_./-]*)`)");
    static const RE2 linked(R"(\]\(([A-Za-z0-9_./-]+)(?:#[^)]*)?\))");
    std::vector<std::string> paths;
    std::string path;
    for (re2::StringPiece rest(file.text); RE2::FindAndConsume(&rest, quoted, &path);) {
        paths.push_back(path);
    }
    const std::filesystem::path folder = std::filesystem::path(file.path).parent_path();
    for (re2::StringPiece rest(file.text); RE2::FindAndConsume(&rest, linked, &path);) {
        paths.push_back((folder / path).lexically_normal().string());
    }
    return paths;
}

TEST(Files, DocumentsNamePathsThatExist) {
    for (const SourceFile& file : source_tree()) {
        if (!file.path.ends_with(".md")) {
            continue;
        }
        for (const std::string& path : paths_named_by(file)) {
            EXPECT_TRUE(exists(path)) << file.path << " names " << path << ", which is not there: "
                                      << "write what is there now, or take the sentence out";
        }
    }
}

// The pages of gateway/ name sources in short: `base/failure.h`, `sql/writer.cpp`, and a pair of
// files or a folder by `net/listener`.
std::vector<std::string> short_names_in(const SourceFile& file) {
    static const RE2 source(R"(`([A-Za-z0-9_][A-Za-z0-9_./-]*\.(?:h|cpp|sql)|)"
                            R"((?:base|net|format|engine|care|flow|edge|app)/[a-z0-9_/]+)`)");
    std::vector<std::string> names;
    std::string name;
    for (re2::StringPiece rest(file.text); RE2::FindAndConsume(&rest, source, &name);) {
        names.push_back(name.ends_with('/') ? name.substr(0, name.size() - 1) : name);
    }
    return names;
}

bool is_short_for(std::string_view name, const std::string& path) {
    const std::string at = "/" + path;
    const std::string short_name = "/" + std::string(name);
    return at.ends_with(short_name) || at.ends_with(short_name + ".h") ||
           at.ends_with(short_name + ".cpp") || at.find(short_name + "/") != std::string::npos;
}

TEST(Files, DocumentsNameSourcesThatExist) {
    for (const SourceFile& file : source_tree()) {
        if (!file.path.ends_with(".md")) {
            continue;
        }
        for (const std::string& name : short_names_in(file)) {
            EXPECT_TRUE(std::ranges::any_of(
                source_tree(),
                [&](const SourceFile& other) { return is_short_for(name, other.path); }))
                << file.path << " names " << name << ", which no file's path ends with: "
                << "write where it is now, or take the sentence out";
        }
    }
}

TEST(Files, NpmPackagesArePinned) {
    static const RE2 loose(
        R"re("((?:@[^"]+/)?[a-z0-9-]+)": *"([\^~<>*=][^"]*|latest|[0-9.]*[xX*])")re");
    for (const SourceFile& file : source_tree()) {
        std::string package;
        std::string version;
        EXPECT_FALSE(file.path == "package.json" &&
                     RE2::PartialMatch(file.text, loose, &package, &version))
            << file.path << ": " << package << " is any of " << version
            << ": write one version, and run npm install for the lock";
    }
    EXPECT_TRUE(exists("package-lock.json")) << "run npm install --package-lock-only and commit it";
}

TEST(Files, NameNoMachineAndNoRegistry) {
    // Written in halves, so that this file does not name them either.
    const std::vector<std::string> forbidden = {
        std::string("registry.") + "npmjs",   std::string("registry.") + "yarnpkg",
        std::string("deb.") + "debian.org",   std::string("files.") + "pythonhosted",
        std::string("proxy.") + "golang.org", std::string("repo1.") + "maven",
        std::string("static.") + "crates.io", std::string("/wo") + "rk/",
        std::string("/ro") + "ot/",           std::string("/ho") + "me/",
        std::string("/tm") + "p/b/",
    };
    for (const SourceFile& file : source_tree()) {
        for (const std::string& text : forbidden) {
            const std::size_t at = file.text.find(text);
            EXPECT_EQ(at, std::string::npos)
                << place(file, at == std::string::npos ? 0 : at)
                << "\n  a committed file names no folder of one machine and no package registry";
        }
    }
}

TEST(Files, HoldNoPrivateKey) {
    const std::string mark = std::string("PRIVATE") + " KEY-----";
    for (const SourceFile& file : source_tree()) {
        EXPECT_EQ(file.text.find("-----BEGIN " + mark), std::string::npos)
            << file.path << ": keys are made by the test or the demo that needs them";
    }
}

TEST(CodeOnly, BlanksCommentsAndLiteralsAndKeepsLines) {
    EXPECT_EQ(code_only("a; // new\nb = \"x\\\"y\" + 'c';"), "a;       \nb =        +    ;");
    EXPECT_EQ(code_only("/* a\nb */ c"), "    \n     c");
    EXPECT_EQ(code_only("R\"x(new \" )x\" 1'000"), "              1'000");
}

}  // namespace
}  // namespace gateway::tidy
