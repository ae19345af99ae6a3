#include "gateway/flow/store/disk_room.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/flow/store/store_fixture.h"

namespace gateway {
namespace {

class DiskRoomTest : public testing::Test {
protected:
    // Looks at a disk of 1,000 bytes of which so many are used.
    DiskLevel look_at(std::uint64_t used) {
        space_ = DiskSpace{used, 1'000 - used};
        room_.look();
        return room_.level();
    }

    std::optional<DiskSpace> space_ = DiskSpace{100, 900};
    std::vector<DiskLevel> changes_;
    DiskRoom room_{[this] { return space_; },
                   {.low_percent = 80, .full_percent = 90},
                   [this](DiskLevel level, const DiskSpace&) { changes_.push_back(level); }};
};

TEST_F(DiskRoomTest, TakesNoNewWorkFromTheSecondLimitOn) {
    EXPECT_EQ(look_at(799), DiskLevel::enough);
    EXPECT_EQ(look_at(800), DiskLevel::low);
    EXPECT_EQ(look_at(899), DiskLevel::low);
    EXPECT_TRUE(room_.takes_new_work());
    EXPECT_EQ(look_at(900), DiskLevel::full);
    EXPECT_FALSE(room_.takes_new_work());
    EXPECT_EQ(look_at(850), DiskLevel::low);
    EXPECT_TRUE(room_.takes_new_work());
}

TEST_F(DiskRoomTest, TellsEachChangeOnce) {
    for (const std::uint64_t used : {100U, 810U, 820U, 950U, 960U, 100U, 100U}) {
        look_at(used);
    }
    EXPECT_EQ(changes_, (std::vector{DiskLevel::low, DiskLevel::full, DiskLevel::enough}));
}

TEST_F(DiskRoomTest, KeepsWhatItKnewWhereNothingCanBeSeen) {
    look_at(950);
    space_ = std::nullopt;
    room_.look();
    EXPECT_EQ(room_.level(), DiskLevel::full);
    EXPECT_EQ(room_.space().used_bytes, 950U);
}

TEST(DiskProbe, SeesTheDiskUnderAFile) {
    const test::TemporaryFolder folder;
    const auto space = disk_under((folder.path() / "store.db").string())();
    ASSERT_TRUE(space);
    EXPECT_GT(space->used_bytes + space->free_bytes, 0U);
    EXPECT_LE(space->used_ratio(), 1.0);
    EXPECT_FALSE(disk_under((folder.path() / "not" / "there.db").string())());
}

}  // namespace
}  // namespace gateway
