// What is durable, or seen by somebody else, stands inside an Act (gateway/base/act.h): so that the
// torture can stop the process before and after it. Which sites a run really passes,
// tests/torture/every_act_test.cpp says.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/act.h"
#include "tests/tidy/source_tree.h"

namespace gateway::tidy {
namespace {

struct Deed {
    const char* pattern;  // RE2, over the file's text
    const char* example;
    const char* below = "gateway/";
};

const std::vector<Deed> deeds = {
    {R"(\B::f(data)?sync\s*\()", "::fsync("},
    {R"(\B::(p?writev?|rename(at2?)?|unlink(at)?|link(at)?|ftruncate|fallocate)\s*\()",
     "::pwrite("},
    {R"(\bfilesystem::(rename|remove|remove_all|copy|copy_file|resize_file)\s*\()",
     "filesystem::rename("},
    {R"(\b[ow]fstream\s+\w|\bofstream\()", "std::ofstream file"},
    {R"("(COMMIT|VACUUM INTO)\b)", "\"COMMIT\""},
    {R"(\bsqlite3_(wal_checkpoint_v2|close(_v2)?|backup_init)\s*\()", "sqlite3_close("},
    // Of a Connection: a message begins to leave.
    {R"(\n +send\()", "\n    send(", "gateway/net/"},
    {R"(\bposix_spawnp?\s*\(|\bexecve?\s*\(|\bpopen\s*\(|\B::system\s*\()", "posix_spawn("},
};

// Below these nothing is promised to anybody, or the deed is part of one that stands in an Act.
constexpr std::array exempt = {
    "gateway/app/bench/",                 // tools beside the gateway
    "gateway/app/cli/",                   //
    "gateway/app/demo/",                  //
    "gateway/app/twin/",                  //
    "gateway/base/log.cpp",               // a line for people, written as it is made
    "gateway/engine/definitions/pack/",   // a compiler of the build
    "gateway/net/body_room.cpp",          // a name for the moment in which the file is made
    "gateway/net/certificate_maker.cpp",  // of the demo and the tests
    "gateway/net/mailbox.cpp",            // wakes a thread of this process
};

bool is_exempt(const SourceFile& file) {
    return std::ranges::any_of(exempt, [&](const char* path) { return file.is_below(path); });
}

// Whether an Act that is made before `at` is alive there: none of the braces between has ended it.
bool stands_in_act(std::string_view code, std::size_t at) {
    constexpr std::string_view act = " Act act(";
    int closed = 0;
    while (at-- > 0) {
        if (code[at] == '}') {
            ++closed;
        } else if (code[at] == '{') {
            closed = std::max(closed - 1, 0);
        } else if (closed == 0 && code.substr(at).starts_with(act)) {
            return true;
        }
    }
    return false;
}

TEST(Acts, RulesCatchTheirOwnExample) {
    for (const Deed& deed : deeds) {
        EXPECT_TRUE(RE2::PartialMatch(deed.example, deed.pattern)) << deed.pattern;
    }
}

TEST(Acts, AnActEndsWithItsBraces) {
    const std::string_view code =
        "void f() {\n    const Act act(x);\n    one();\n}\n\nint g = two();";
    EXPECT_TRUE(stands_in_act(code, code.find("one")));
    EXPECT_FALSE(stands_in_act(code, code.find("two")));
}

TEST(Acts, WhatIsDurableOrOutwardStandsInOne) {
    for (const SourceFile& file : source_tree()) {
        if (!file.is_cpp() || !file.is_below("gateway/") || is_exempt(file)) {
            continue;
        }
        for (const Deed& deed : deeds) {
            if (!file.is_below(deed.below)) {
                continue;
            }
            re2::StringPiece rest(file.text);
            const RE2 pattern("(" + std::string{deed.pattern} + ")");
            re2::StringPiece found;
            while (RE2::FindAndConsume(&rest, pattern, &found)) {
                const auto at = static_cast<std::size_t>(found.data() - file.text.data());
                EXPECT_TRUE(stands_in_act(file.code, at))
                    << place(file, at + (found[0] == '\n' ? 1 : 0))
                    << "\n  make a `const Act act(ActSite::…)` before it (gateway/base/act.h), and "
                       "give its site a scenario in tests/torture/every_act_test.cpp";
            }
        }
    }
}

// So that a scenario that reaches the site reaches the place.
TEST(Acts, EachSiteStandsInOnePlace) {
    for (const std::string_view site : act_site_names) {
        const std::string use = "Act act(ActSite::" + std::string{site} + ")";
        std::size_t places = 0;
        for (const SourceFile& file : source_tree()) {
            for (std::size_t at = file.is_below("gateway/") ? file.code.find(use)
                                                            : std::string::npos;
                 at != std::string::npos; at = file.code.find(use, at + 1)) {
                ++places;
            }
        }
        EXPECT_EQ(places, 1U) << use << " (gateway/base/act.h)";
    }
}

}  // namespace
}  // namespace gateway::tidy
