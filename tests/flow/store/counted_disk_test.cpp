#include "gateway/flow/store/sqlite/counted_disk.h"

#include <gtest/gtest.h>

#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"

namespace gateway::test {
namespace {

using namespace std::chrono_literals;

TEST(CountedDisk, CountsTheSyncOfEveryCommitAndMakesItTakeItsTime) {
    const TemporaryFolder folder;
    const std::string count = folder.path() / "syncs";
    const CountedDisk disk(count, 3ms);
    const auto store = open_sqlite_store(
        {.path = folder.path() / "store.db", .vfs = disk.name(), .keys = keys_of("a")});
    for (int i = 0; i < 3; ++i) {
        const std::uint64_t before = read_sync_count(count);
        const auto began = std::chrono::steady_clock::now();
        commit(*store, AddChange{{.type = "Task", .id = "1", .version = 1, .at = at_second(1)}});
        EXPECT_GT(read_sync_count(count), before);
        EXPECT_GE(std::chrono::steady_clock::now() - began, 3ms);
    }
}

}  // namespace
}  // namespace gateway::test
