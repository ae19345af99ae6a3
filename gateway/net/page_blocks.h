// Blocks of 16 to 24 KiB in whole pages of their own, so that what of them is never touched takes
// no memory: for buffers that are larger than what is put into them. Addresses are reserved at
// once. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace gateway {

class PageBlocks final {
public:
    // Reserves addresses, no memory.
    explicit PageBlocks(std::size_t blocks_max);
    ~PageBlocks();
    PageBlocks(const PageBlocks&) = delete;
    PageBlocks& operator=(const PageBlocks&) = delete;

    // Null for sizes that are not of this kind, and where no block is left: take it from the heap.
    void* take(std::size_t size);
    void give_back(void* block);

    bool owns(const void* block) const;

    // What may be written to it.
    std::size_t size_of(const void* block) const;

private:
    static constexpr std::size_t page = 4'096;
    static constexpr std::size_t pages_min = 5;  // more than 16 KiB
    static constexpr std::size_t pages_max = 6;
    static constexpr std::uint32_t none = UINT32_MAX;

    struct Slot {
        std::size_t pages = 0;
        std::uint32_t next_free = none;
    };

    // Those of one size: what one use of a block leaves untouched, the next does too.
    struct Shelf {
        std::uint32_t first = none;
        std::size_t blocks = 0;
    };

    std::size_t slot_of(const void* block) const;

    char* begin_ = nullptr;
    std::size_t slots_max_ = 0;
    mutable std::mutex mutex_;  // guards all below
    std::vector<Slot> slots_;
    std::array<Shelf, pages_max + 1> free_;
};

}  // namespace gateway
