// A case of tests/golden/map: the message it starts from, and the files beside it. README.md there
// says how to add one.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

struct GoldenCase {
    std::string name;                   // "v2/REF_I12/letter-only"
    std::string map_url;                // https://painbridge.invalid/map/v2/REF_I12
    std::filesystem::path stem;         // the case's files are this and a suffix
    std::filesystem::path input;        // does not exist: published material that is not here
    bool published = false;             // of others: nothing of it is kept in the tree
    std::filesystem::path answer = {};  // a second source, for what goes out

    std::filesystem::path beside(const std::string& suffix) const;
};

void PrintTo(const GoldenCase& golden, std::ostream* out);

// All cases, by folder scan, in order of their names.
std::vector<GoldenCase> golden_cases();

// An assertion of `.expect`: `@ledger` and `@issues` in front ask those, else the output.
struct Expectation {
    enum class Of { output, ledger, issues };

    Of of = Of::output;
    std::string expression;
    std::size_t line = 0;
};

std::vector<Expectation> expectations_of(const GoldenCase& golden);

std::string text_of_file(const std::filesystem::path& file);

// Where `expected` and `actual` part: the lines that differ with some around them; empty if none
// do.
std::string difference(const std::string& expected, const std::string& actual);

}  // namespace gateway
