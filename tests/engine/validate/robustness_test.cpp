// Damaged messages: whatever the reader lets through, the validator answers with issues, not with a
// crash, a throw or more issues than asked for. Positions agree with base's.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/engine/validate/findings.h"
#include "tests/engine/validate/support.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

// How many of the variants the reader took.
std::size_t validate_variants(const std::string& sound, std::mt19937& random, std::size_t count) {
    static constexpr std::string_view letters = "\"{}[]:,0a#/_-.n ";
    std::uniform_int_distribution<std::size_t> place(0, sound.size() - 1);
    std::uniform_int_distribution<std::size_t> letter(0, letters.size() - 1);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::string damaged = sound;
        damaged[place(random)] = letters[letter(random)];
        damaged[place(random)] = letters[letter(random)];
        try {
            const Issues issues = issues_of_json(damaged, {.issues_max = 20});
            EXPECT_LE(issues.size(), 21U);
            ++taken;
        } catch (const Failure&) {
            // The reader refused it; that is its matter.
        }
    }
    return taken;
}

TEST(Robustness, DamagedMessagesYieldIssuesAndNothingElse) {
    std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same cases every time
    std::size_t taken = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path{PAINBRIDGE_ROOT} / "tests/golden/validate")) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".json") && !name.ends_with(".issues.json")) {
            taken += validate_variants(read_file(entry.path().string()), random, 30);
        }
    }
    EXPECT_GT(taken, 100U);
}

TEST(LineStarts, AgreesWithPositionAt) {
    const std::string text = "MSH|a\rPID|b\r\nPV1|c\n\nOBX|d\r\r";
    LineStarts lines(text);
    for (std::size_t offset = 0; offset <= text.size(); ++offset) {
        EXPECT_EQ(lines.at(offset), position_at(text, offset)) << offset;
    }
}

}  // namespace
}  // namespace gateway
