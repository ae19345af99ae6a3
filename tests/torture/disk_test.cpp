// Disks that are full, that lose a sync or cut a write short, and a process that has no descriptor
// left: what was acknowledged arrives nevertheless.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <iostream>

#include "tests/torture/world.h"

namespace gateway::torture {
namespace {

using namespace std::chrono_literals;

class FaultyDisk : public testing::Test {
protected:
    ~FaultyDisk() override {
        if (HasFailure()) {
            world_.keep();
            std::cout << "see " << world_.stage().folder << '\n';
        }
    }

    // Faults that end the store: the process goes on for a moment, then the power fails.
    void expect_stop(const std::string& fault) {
        for (const int from : {8, 16, 28, 40}) {
            const bool is_up = world_.start({fault + std::to_string(from), "power"});
            world_.send(12);  // commits are shared: enough of them
            EXPECT_TRUE(!is_up || world_.wait(20s) == World::End::ended) << "no fault at " << from;
            world_.kill();
            EXPECT_THAT(world_.drain_and_check(), testing::IsEmpty()) << fault << from;
            world_.kill();
        }
    }

    World world_{{.refusals = Refusals::temporary}};
};

TEST_F(FaultyDisk, AFailedSyncStopsTheStoreAndNothingIsAcknowledged) {
    expect_stop("sync:");
}

TEST_F(FaultyDisk, AWriteCutShortStopsTheStoreAndNothingIsAcknowledged) {
    expect_stop("short:");
}

TEST_F(FaultyDisk, AFullDiskRefusesAndGoesOnWhenThereIsRoom) {
    world_.start({"full:8"});  // while it makes its store
    world_.kill();
    world_.send(1);
    ASSERT_THAT(world_.drain_and_check(), testing::IsEmpty());
    world_.kill();
    ASSERT_TRUE(world_.start({"full:12"}));
    world_.send(8);
    EXPECT_THAT(world_.finish_and_check(20s), testing::IsEmpty());
    EXPECT_FALSE(world_.ledger().refusals.empty()) << "the disk was never full";
}

TEST_F(FaultyDisk, WithoutADescriptorLeftNothingIsLost) {
    ASSERT_TRUE(world_.start({}));
    rlimit before = {};
    prlimit(world_.process(), RLIMIT_NOFILE, nullptr, &before);
    const std::filesystem::directory_iterator open("/proc/" + std::to_string(world_.process()) +
                                                   "/fd");
    const auto count = static_cast<rlim_t>(std::distance(begin(open), end(open)));
    for (const rlim_t spare : {0UL, 2UL, 5UL}) {
        const rlimit none = {count + spare, before.rlim_max};
        prlimit(world_.process(), RLIMIT_NOFILE, &none, nullptr);
        world_.send(3);
        world_.wait(500ms);
        prlimit(world_.process(), RLIMIT_NOFILE, &before, nullptr);
        EXPECT_THAT(world_.finish_and_check(20s), testing::IsEmpty()) << spare << " were left";
    }
}

}  // namespace
}  // namespace gateway::torture
