#include "gateway/net/incoming_body.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "gateway/base/text.h"

namespace gateway {
namespace {

using Kind = BodyRoom::Kind;

class IncomingBodyTest : public ::testing::Test {
protected:
    IncomingBodyTest() {
        folder = (std::filesystem::temp_directory_path() / "painbridge-body-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
    }

    ~IncomingBodyTest() override { std::filesystem::remove_all(folder); }

    std::shared_ptr<BodyRoom> room(std::uint64_t memory, std::uint64_t spill_above,
                                   std::uint64_t disk = 1'000'000) const {
        return std::make_shared<BodyRoom>(BodyRoomLimits{.memory_bytes_max = memory,
                                                         .spill_above = spill_above,
                                                         .spill_bytes_max = disk,
                                                         .spill_folder = folder});
    }

    // As a connection does: into the space that the body offers.
    static bool receive(IncomingBody& body, std::string_view bytes) {
        while (!bytes.empty()) {
            const auto space = body.space(bytes.size());
            const std::size_t size = std::min(space.size(), bytes.size());
            if (size == 0) {
                return false;
            }
            std::memcpy(space.data(), bytes.data(), size);
            if (!body.filled(size)) {
                return false;
            }
            bytes.remove_prefix(size);
        }
        return true;
    }

    std::string folder;
};

std::string text_of(std::size_t size) {
    std::string text;
    while (text.size() < size) {
        text += std::to_string(text.size()) + " ";
    }
    text.resize(size);
    return text;
}

TEST_F(IncomingBodyTest, IsOneTextAgainHoweverItCame) {
    const std::string text = text_of(300'000);
    const auto shared = room(1'000'000, 100'000);
    for (const std::size_t piece : {1'000UL, 70'000UL, 300'000UL}) {
        for (const std::uint64_t expected : {std::uint64_t{0}, std::uint64_t{300'000}}) {
            IncomingBody body(shared);
            body.expect(expected);
            for (std::size_t at = 0; at < text.size(); at += piece) {
                const std::string_view part = std::string_view(text).substr(at, piece);
                ASSERT_TRUE(at / piece % 2 == 0 ? body.append(part) : receive(body, part));
            }
            EXPECT_TRUE(body.is_in_file());
            const auto whole = body.finish();
            ASSERT_TRUE(whole);
            EXPECT_EQ(*whole, text) << "in pieces of " << piece << ", expected " << expected;
        }
    }
    EXPECT_EQ(shared->taken(Kind::memory), 0U);
    EXPECT_EQ(shared->taken(Kind::disk), 0U);
}

TEST_F(IncomingBodyTest, HoldsNoMemoryBeyondTheThresholdUntilItIsComplete) {
    const auto shared = room(1'000'000, 1'000);
    IncomingBody body(shared);
    ASSERT_TRUE(body.append(text_of(900)));
    EXPECT_FALSE(body.is_in_file());
    EXPECT_EQ(shared->taken(Kind::memory), 900U);
    ASSERT_TRUE(body.append(text_of(200)));
    EXPECT_TRUE(body.is_in_file());
    EXPECT_EQ(shared->taken(Kind::memory), 0U);
    EXPECT_EQ(shared->taken(Kind::disk), 1'100U);
    const auto whole = body.finish();
    EXPECT_EQ(shared->taken(Kind::disk), 0U);
    EXPECT_EQ(shared->taken(Kind::memory), 1'100U);
}

TEST_F(IncomingBodyTest, LeavesNoNameInTheFolder) {
    IncomingBody body(room(1'000'000, 1'000));
    ASSERT_TRUE(body.append(text_of(2'000)));
    EXPECT_TRUE(body.is_in_file());
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

// The files without a name that this process has open below `folder`.
std::vector<std::string> nameless_files(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code ignored;
        const std::string target = std::filesystem::read_symlink(entry.path(), ignored);
        if (target.starts_with(folder)) {
            files.push_back(entry.path());
        }
    }
    return files;
}

TEST_F(IncomingBodyTest, IsNoiseInItsFile) {
    const std::string canary = "CANARY-4857773456-canary";
    IncomingBody body(room(1'000'000, 1'000));
    std::string text;
    while (text.size() < 50'000) {
        text += canary + text_of(text.size() % 37);
    }
    for (std::size_t at = 0; at < text.size(); at += 777) {
        ASSERT_TRUE(body.append(std::string_view(text).substr(at, 777)));
    }
    const auto files = nameless_files(folder);
    ASSERT_EQ(files.size(), 1U);
    const std::string stored = read_file(files.front());
    EXPECT_EQ(stored.size(), text.size());
    EXPECT_EQ(stored.find("CANARY"), std::string::npos);
    EXPECT_EQ(stored.find("canary"), std::string::npos);
    EXPECT_EQ(*body.finish(), text);
}

TEST_F(IncomingBodyTest, TakesNoBytesThatWereChangedInItsFile) {
    std::vector<std::string> told;
    const auto shared = std::make_shared<BodyRoom>(
        BodyRoomLimits{.spill_above = 1'000, .spill_bytes_max = 10'000, .spill_folder = folder},
        [&](std::string_view act, int error) {
            told.push_back(std::string(act) + " " + std::to_string(error));
        });
    IncomingBody body(shared);
    ASSERT_TRUE(body.append(text_of(5'000)));
    const auto files = nameless_files(folder);
    ASSERT_EQ(files.size(), 1U);
    std::fstream(files.front(), std::ios::in | std::ios::out | std::ios::binary).write("x", 1);
    EXPECT_EQ(body.finish(), nullptr);
    EXPECT_EQ(body.finish(), nullptr);
    EXPECT_EQ(told.front(), "read back " + std::to_string(EBADMSG));
}

TEST_F(IncomingBodyTest, StaysChargedUntilTheLastHolderLetsGo) {
    const auto shared = room(1'000, 1'000'000);
    IncomingBody body(shared);
    ASSERT_TRUE(body.append(text_of(800)));
    auto whole = body.finish();
    auto holder = whole;
    whole.reset();
    EXPECT_EQ(shared->taken(Kind::memory), 800U);
    IncomingBody second(shared);
    EXPECT_FALSE(second.append(text_of(300)));
    holder.reset();
    EXPECT_EQ(shared->taken(Kind::memory), 0U);
    EXPECT_TRUE(second.append(text_of(300))) << "the same call may be made again";
    EXPECT_EQ(*second.finish(), text_of(300));
}

TEST_F(IncomingBodyTest, WaitsInItsFileWhereThereIsNoMemoryForTheWhole) {
    const auto shared = room(1'500, 1'000);
    IncomingBody first(shared);
    ASSERT_TRUE(first.append(text_of(900)));
    IncomingBody large(shared);
    ASSERT_TRUE(large.append(text_of(1'400)));
    EXPECT_EQ(large.finish(), nullptr);
    first.clear();
    const auto whole = large.finish();
    ASSERT_TRUE(whole);
    EXPECT_EQ(*whole, text_of(1'400));
}

TEST_F(IncomingBodyTest, TakesNoMoreDiskThanThereMayBe) {
    const auto shared = room(1'000'000, 1'000, 3'000);
    IncomingBody body(shared);
    ASSERT_TRUE(body.append(text_of(2'000)));
    EXPECT_FALSE(body.append(text_of(1'001)));
    EXPECT_EQ(shared->taken(Kind::disk), 2'000U);
    EXPECT_TRUE(body.append(text_of(1'000)));
}

TEST_F(IncomingBodyTest, SaysSoWhereItsFileCannotBeHad) {
    IncomingBody body(std::make_shared<BodyRoom>(BodyRoomLimits{
        .spill_above = 1'000, .spill_bytes_max = 10'000, .spill_folder = folder + "/absent"}));
    EXPECT_TRUE(body.append(text_of(1'000)));
    EXPECT_FALSE(body.append("x"));
    EXPECT_TRUE(body.space(1).empty());
    EXPECT_EQ(body.size(), 1'000U);
}

TEST_F(IncomingBodyTest, TellsWhyItsFileCannotBeHad) {
    std::vector<int> errors;
    const auto shared = std::make_shared<BodyRoom>(
        BodyRoomLimits{
            .spill_above = 1'000, .spill_bytes_max = 10'000, .spill_folder = folder + "/absent"},
        [&](std::string_view, int error) { errors.push_back(error); });
    IncomingBody body(shared);
    EXPECT_FALSE(body.append(text_of(1'001)));
    EXPECT_EQ(errors.front(), ENOENT);
}

TEST_F(IncomingBodyTest, GivesEverythingBackWhenDropped) {
    const auto shared = room(1'000'000, 1'000);
    {
        IncomingBody in_memory(shared);
        IncomingBody in_file(shared);
        ASSERT_TRUE(in_memory.append(text_of(500)));
        ASSERT_TRUE(in_file.append(text_of(5'000)));
    }
    EXPECT_EQ(shared->taken(Kind::memory), 0U);
    EXPECT_EQ(shared->taken(Kind::disk), 0U);
}

}  // namespace
}  // namespace gateway
