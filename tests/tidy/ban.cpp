#include "tests/tidy/ban.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>

namespace gateway::tidy {

namespace {

bool is_allowed(const SourceFile& file, const Ban& ban) {
    return std::ranges::any_of(ban.allowed, [&](const char* at) { return file.is_below(at); }) ||
           file.is_below("tests/tidy/");
}

void check(const SourceFile& file, const Ban& ban) {
    const RE2 pattern("(" + std::string(ban.pattern) + ")");
    re2::StringPiece rest(ban.where == Where::code ? file.code : file.text);
    const char* const begin = rest.data();
    re2::StringPiece hit;
    while (RE2::FindAndConsume(&rest, pattern, &hit)) {
        ADD_FAILURE() << place(file, static_cast<std::size_t>(hit.data() - begin))
                      << "\n  instead: " << ban.instead;
    }
}

}  // namespace

void check_sources(const std::vector<Ban>& bans) {
    for (const SourceFile& file : source_tree()) {
        for (const Ban& ban : bans) {
            if (file.is_cpp() && !is_allowed(file, ban)) {
                check(file, ban);
            }
        }
    }
}

void check_includes(const std::vector<Ban>& bans) {
    for (const SourceFile& file : source_tree()) {
        for (const Include& include : includes_of(file)) {
            for (const Ban& ban : bans) {
                EXPECT_FALSE(RE2::PartialMatch(include.name, ban.pattern) && !is_allowed(file, ban))
                    << place(file, include.offset) << "\n  instead: " << ban.instead;
            }
        }
    }
}

void check_examples(const std::vector<Ban>& bans) {
    for (const Ban& ban : bans) {
        const RE2 pattern(ban.pattern);
        ASSERT_TRUE(pattern.ok()) << ban.pattern << ": " << pattern.error();
        EXPECT_TRUE(RE2::PartialMatch(ban.example, pattern)) << ban.pattern;
    }
}

}  // namespace gateway::tidy
