#include "gateway/net/page_blocks.h"

#include <sys/mman.h>

#include <functional>

namespace gateway {

namespace {

// Addresses for one block, so that its number tells where it is.
constexpr std::size_t stride = 32UL * 1024;

// Free blocks of one size that keep their memory, for the next handshakes and records.
constexpr std::size_t warm_blocks_max = 64;

}  // namespace

PageBlocks::PageBlocks(std::size_t blocks_max) {
    const std::size_t size = blocks_max * stride;
    void* begin = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin == MAP_FAILED) {
        return;  // all comes from the heap, then
    }
    ::madvise(begin, size, MADV_NOHUGEPAGE);  // else one touch takes 2 MiB
    begin_ = static_cast<char*>(begin);
    slots_max_ = blocks_max;
    slots_.reserve(blocks_max);  // nothing is allocated later: who takes a block may be C
}

PageBlocks::~PageBlocks() {
    if (begin_ != nullptr) {
        ::munmap(begin_, slots_max_ * stride);
    }
}

bool PageBlocks::owns(const void* block) const {
    const auto* at = static_cast<const char*>(block);
    return std::less_equal<>()(begin_, at) && std::less<>()(at, begin_ + slots_max_ * stride);
}

std::size_t PageBlocks::slot_of(const void* block) const {
    return static_cast<std::size_t>(static_cast<const char*>(block) - begin_) / stride;
}

std::size_t PageBlocks::size_of(const void* block) const {
    const std::lock_guard lock(mutex_);
    return slots_[slot_of(block)].pages * page;
}

void* PageBlocks::take(std::size_t size) {
    const std::size_t pages = (size + page - 1) / page;
    if (pages < pages_min || pages > pages_max) {
        return nullptr;
    }
    const std::lock_guard lock(mutex_);
    Shelf& shelf = free_[pages];
    if (shelf.first != none) {
        const std::size_t slot = shelf.first;
        shelf.first = slots_[slot].next_free;
        --shelf.blocks;
        return begin_ + slot * stride;
    }
    if (slots_.size() == slots_max_) {
        return nullptr;
    }
    slots_.push_back({pages, none});
    return begin_ + (slots_.size() - 1) * stride;
}

void PageBlocks::give_back(void* block) {
    const std::size_t slot = slot_of(block);
    const std::lock_guard lock(mutex_);
    Shelf& shelf = free_[slots_[slot].pages];
    if (shelf.blocks >= warm_blocks_max) {
        ::madvise(block, slots_[slot].pages * page, MADV_DONTNEED);
    }
    slots_[slot].next_free = shelf.first;
    shelf.first = static_cast<std::uint32_t>(slot);
    ++shelf.blocks;
}

}  // namespace gateway
