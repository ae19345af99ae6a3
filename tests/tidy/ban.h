// What this project does not write, how it is found, and what to write instead. A rule is a row of
// a table with its own example, so that a pattern that finds nothing cannot pass for a clean tree.
#pragma once

#include <vector>

#include "tests/tidy/source_tree.h"

namespace gateway::tidy {

// Code is without comments and without what literals hold; text is the file as it is.
enum class Where { code, text };

struct Ban {
    const char* pattern;  // RE2
    const char* example;  // what it must catch
    const char* instead;
    std::vector<const char*> allowed = {};  // path prefixes
    Where where = Where::code;
};

// Each fails the running test at every place that it finds.
void check_sources(const std::vector<Ban>& bans);
void check_includes(const std::vector<Ban>& bans);
void check_examples(const std::vector<Ban>& bans);

}  // namespace gateway::tidy
