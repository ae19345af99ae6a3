// Calls and words that this project does not use, each with what to use instead. What is wrong with
// a library is in libraries_test.cpp.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "tests/tidy/ban.h"
#include "tests/tidy/source_tree.h"

namespace gateway::tidy {
namespace {

const std::vector<Ban> banned_code = {
    // `std::unique_ptr<T>(new T(…))` is how a private constructor gets its owner.
    {R"([^(\s]\s*\bnew\s+[A-Za-z_(:])", "= new Thing", "std::make_unique or a value"},
    {R"((?m)(^|[^=\s])\s*\bdelete\b\s*(\[\]\s*)?[A-Za-z_*(])", "; delete thing",
     "let a std::unique_ptr own it"},
    {R"(\b(malloc|calloc|realloc)\s*\()",
     "malloc(",
     "std::vector or std::string",
     {"gateway/net/byte_buffer.cpp", "gateway/net/openssl_memory.cpp"}},
    {R"(\bstd::async\b)", "std::async", "the pool of flow/pipeline"},
    {R"(\bstd::(sto(i|l|ll|ul|ull|f|d|ld)|atoi|atof|atol|strto\w+)\b|\b(atoi|atof|strto\w+|sscanf)\s*\()",
     "std::stoi", "std::from_chars, and look at where it stopped"},
    {R"(\b(printf|fprintf|sprintf|puts|putchar)\s*\(|\bstd::(cout|cerr|clog)\b)",
     "std::cout",
     "return values, throw Failure, or use Log; only app/ prints",
     {"gateway/app/", "gateway/engine/definitions/pack", "tests/"}},
    {R"(\b(strcpy|strcat|gets|strtok)\s*\()", "strcpy(", "std::string"},
    {R"(\bstd::(this_thread::sleep_for|this_thread::sleep_until)\b|\b(usleep|nanosleep)\s*\()",
     "std::this_thread::sleep_for",
     "a timer of the reactor or a wait with a deadline",
     // A slow disk, for benchmarks.
     {"gateway/flow/store/sqlite/counted_disk.cpp", "gateway/app/", "tests/"}},
    {R"(\b(std::system|popen|execvp?)\s*\()",
     "std::system(",
     "nothing in the gateway starts programs",
     {"gateway/app/", "tests/"}},
    {R"(\bsystem_clock::now\b)",
     "system_clock::now",
     "take a Clock",
     {"gateway/base/clock.cpp", "gateway/net/http_server_connection.cpp", "tests/"}},
    // These time their own steps for trace, metrics and health; nothing is decided by it.
    {R"(\bsteady_clock::now\b)",
     "steady_clock::now",
     "take a Clock",
     {"gateway/base/clock.cpp", "gateway/flow/pipeline/step_clock.cpp",
      "gateway/flow/pipeline/lanes.cpp", "gateway/flow/store/sql/writer.cpp",
      "gateway/flow/store/sqlite/counted_disk.cpp",
      // How long a database elsewhere may keep a thread waiting.
      "gateway/flow/store/postgres/", "gateway/net/", "gateway/app/", "tests/"}},
    {R"(\b(std::rand|std::random_device|std::mt19937)\b)",
     "std::random_device",
     "take an IdSource",
     {"gateway/base/ids.cpp", "gateway/flow/deliver/", "gateway/app/", "tests/"}},
    {R"(\bgetenv\s*\()",
     "getenv(",
     "a setting, or read_secret of base/settings",
     {"gateway/base/settings/secret.cpp", "gateway/app/", "tests/"}},
    {R"(\bthread_local\b)", "thread_local", "pass the state on", {}},
    {R"(\bstd::recursive_mutex\b)", "std::recursive_mutex", "one mutex, held for one step"},
    {R"(\bconst_cast\b)",
     "const_cast",
     "change the type at its source",
     {"gateway/net/", "gateway/format/json/"}},
    {R"(\bcatch\s*\(\s*\.\.\.\s*\))",
     "catch (...)",
     "catch what the call can throw; the boundaries do the rest",
     {"gateway/flow/", "gateway/edge/", "gateway/app/", "tests/"}},
    // Beside the boundaries: a connection (net) is one of its own, and what compiles or loads a
    // person's files gathers each failure as an issue, so that all are told at once. A checkpoint
    // of the audit that fails is logged and made at the next time; so is the file of open alarms.
    // An
    // inspection of the store looks for failures; retention tries again at the next time.
    {R"(\bcatch\s*\(\s*(const\s+)?Failure\b)",
     "catch (const Failure& f)",
     "a Failure is caught at the boundaries only (base/failure.h); let it pass, or ask first "
     "and return an optional",
     {"gateway/edge/", "gateway/flow/alarm/", "gateway/flow/audit/", "gateway/flow/credentials/",
      "gateway/flow/deliver/", "gateway/flow/pipeline/", "gateway/app/", "gateway/net/",
      "gateway/base/settings/", "gateway/engine/map/", "gateway/engine/validate/",
      "gateway/care/route/", "gateway/engine/definitions/pack/", "gateway/flow/store/retention.cpp",
      "gateway/flow/store/sql/inspect.cpp", "tests/"}},
};

const std::vector<Ban> banned_words = {
    {R"(\bTODO\b($|[^(]|\([^#]))", "TODO later", "name the issue: TODO(#12)", {}, Where::text},
    {R"(\b(FIX)(ME)\b|\bXX(X)\b|\bHA(CK)\b)", "FIXME", "fix it, or TODO(#12)", {}, Where::text},
    {R"(NOLINT\w*\s*($|[^(A-Z]|\([^)]*\)\s*$|\(\s*\)))",
     "NOLINT",
     "name the check and say why: NOLINT(check-name): reason",
     {},
     Where::text},
};

TEST(Banned, RulesCatchTheirOwnExample) {
    check_examples(banned_code);
    check_examples(banned_words);
}

TEST(Banned, NoCallThatHasABetterForm) {
    check_sources(banned_code);
}

TEST(Banned, NoWordThatHidesWork) {
    check_sources(banned_words);
}

TEST(Banned, NoUsingNamespaceInAHeader) {
    for (const SourceFile& file : source_tree()) {
        const std::size_t at = file.code.find("using namespace");
        EXPECT_FALSE(file.is_header() && at != std::string::npos)
            << place(file, at) << "\n  a header's names are its readers': qualify them";
    }
}

// Two types of one name in one program are undefined behaviour that no tool of ours reports: the
// linker keeps one destructor for both.
TEST(Banned, NoTwoTypesOfOneName) {
    const RE2 opened(R"((?m)^namespace ([\w:]+) \{)");
    const RE2 type(
        R"((?m)^(?:class|struct|union|enum class) ([\w:]+)(?: final)?(?: :[^;(){}]*)? \{)");
    std::map<std::string, std::string> first;
    for (const SourceFile& file : source_tree()) {
        std::string space;
        if (!file.is_header() || !RE2::PartialMatch(file.code, opened, &space)) {
            continue;
        }
        re2::StringPiece rest(file.code);
        std::string name;
        while (RE2::FindAndConsume(&rest, type, &name)) {
            const auto [known, is_new] = first.try_emplace(space + "::" + name, file.path);
            EXPECT_TRUE(is_new) << file.path << ": " << name << " is also in " << known->second
                                << "\n  one program must not have both: name each by what it is";
        }
    }
    EXPECT_TRUE(first.contains("gateway::tidy::SourceFile")) << "no type was found at all";
}

// SettingsManagerImpl -> Settings, Manager, Impl
std::vector<std::string> camel_words(const std::string& name) {
    std::vector<std::string> words;
    for (const char c : name) {
        if (words.empty() || (c >= 'A' && c <= 'Z')) {
            words.emplace_back();
        }
        words.back() += c;
    }
    return words;
}

TEST(Banned, NoTypeIsNamedAfterAPattern) {
    constexpr std::array words = {"Manager", "Helper", "Util", "Utils", "Impl", "Data", "Info"};
    const RE2 type(R"(\b(?:class|struct|enum class)\s+([A-Za-z_]\w*)\s*(?:final\s*)?[:{;])");
    for (const SourceFile& file : source_tree()) {
        re2::StringPiece rest(file.code);
        std::string name;
        while (RE2::FindAndConsume(&rest, type, &name)) {
            const std::vector<std::string> parts = camel_words(name);
            for (const char* word : words) {
                EXPECT_TRUE(std::ranges::find(parts, word) == parts.end())
                    << file.path << ": " << name << "\n  name it by what it is in the domain";
            }
            const bool handler = std::ranges::find(parts, "Handler") != parts.end();
            EXPECT_TRUE(!handler || file.is_below("gateway/edge/http/") || file.is_below("tests/"))
                << file.path << ": " << name << "\n  name it by what it does";
            EXPECT_FALSE(parts.size() > 1 && parts[0] == "I")
                << file.path << ": " << name << "\n  an interface has the plain name";
        }
    }
}

}  // namespace
}  // namespace gateway::tidy
