#include "gateway/net/page_blocks.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace gateway {
namespace {

constexpr std::size_t page = 4'096;
constexpr std::size_t handshake_buffer = 21'848;
constexpr std::size_t record_buffer = 16'720;

// Pages of the block that are in memory.
std::ptrdiff_t resident(void* block, std::size_t pages) {
    std::array<unsigned char, 8> state = {};
    EXPECT_EQ(::mincore(block, pages * page, state.data()), 0);
    return std::count_if(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(pages),
                         [](unsigned char one) { return (one & 1U) != 0; });
}

TEST(PageBlocks, AreForLargeBuffersOnly) {
    PageBlocks blocks(10);
    for (const std::size_t size : {1UL, 4'096UL, 16'384UL, 24'577UL, 1UL << 40U}) {
        EXPECT_EQ(blocks.take(size), nullptr) << size;
    }
    EXPECT_TRUE(blocks.owns(blocks.take(record_buffer)));
    EXPECT_TRUE(blocks.owns(blocks.take(handshake_buffer)));
}

TEST(PageBlocks, KnowTheirOwn) {
    PageBlocks blocks(1);
    int other = 0;
    EXPECT_FALSE(blocks.owns(nullptr));
    EXPECT_FALSE(blocks.owns(&other));
    auto* block = static_cast<char*>(blocks.take(handshake_buffer));
    EXPECT_FALSE(blocks.owns(block - 1));
    EXPECT_FALSE(blocks.owns(block + 32UL * 1024));
}

TEST(PageBlocks, TakeMemoryOnlyWhereTheyAreTouched) {
    PageBlocks blocks(2);
    void* block = blocks.take(handshake_buffer);
    EXPECT_EQ(resident(block, 6), 0);
    std::memset(block, 0, 4 * page);
    EXPECT_EQ(resident(block, 6), 4);
}

TEST(PageBlocks, AreUsedAgainForTheSameSize) {
    PageBlocks blocks(3);
    void* record = blocks.take(record_buffer);
    void* handshake = blocks.take(handshake_buffer);
    blocks.give_back(record);
    blocks.give_back(handshake);
    EXPECT_EQ(blocks.take(handshake_buffer), handshake);
    EXPECT_NE(blocks.take(handshake_buffer), record);
    EXPECT_EQ(blocks.take(record_buffer), record);
}

TEST(PageBlocks, AreRefusedWhereNoneIsLeft) {
    PageBlocks blocks(2);
    void* first = blocks.take(record_buffer);
    EXPECT_NE(blocks.take(record_buffer), nullptr);
    EXPECT_EQ(blocks.take(record_buffer), nullptr);
    blocks.give_back(first);
    EXPECT_EQ(blocks.take(record_buffer), first);
}

TEST(PageBlocks, DoNotOverlapAndKeepWhatIsWritten) {
    PageBlocks blocks(100);
    std::set<char*> taken;
    for (int i = 0; i < 100; ++i) {
        const std::size_t size = i % 2 == 0 ? record_buffer : handshake_buffer;
        auto* block = static_cast<char*>(blocks.take(size));
        ASSERT_TRUE(taken.insert(block).second);
        EXPECT_GE(blocks.size_of(block), size);
        std::memset(block, i, size);
    }
    for (char* block : taken) {
        const std::size_t size =
            blocks.size_of(block) == 5 * page ? record_buffer : handshake_buffer;
        EXPECT_TRUE(std::all_of(block, block + size, [&](char one) { return one == *block; }));
    }
}

TEST(PageBlocks, GiveMemoryBackAfterABurst) {
    PageBlocks blocks(200);
    std::vector<void*> burst;
    for (int i = 0; i < 200; ++i) {
        burst.push_back(blocks.take(handshake_buffer));
        std::memset(burst.back(), 1, handshake_buffer);
    }
    std::ptrdiff_t pages = 0;
    for (void* block : burst) {
        blocks.give_back(block);
    }
    for (void* block : burst) {
        pages += resident(block, 6);
    }
    EXPECT_EQ(pages, 64 * 6);
}

}  // namespace
}  // namespace gateway
