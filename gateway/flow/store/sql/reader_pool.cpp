#include "gateway/flow/store/sql/reader_pool.h"

#include <fmt/format.h>

#include <chrono>

namespace gateway::sql {

namespace {

// Look-ups are short: who waits this long for a connection is behind something stuck.
constexpr std::chrono::seconds wait_max{5};

}  // namespace

ReaderPool::ReaderPool(Open open, std::size_t connections) : open_(std::move(open)) {
    for (std::size_t i = 0; i < connections; ++i) {
        free_.push_back(open_());
    }
}

ReaderPool::Lease::Lease(ReaderPool& from) : pool(from) {
    std::unique_lock lock(pool.mutex_);
    if (!pool.returned_.wait_for(lock, wait_max, [this] { return !pool.free_.empty(); })) {
        throw Failure(Category::unavailable, "the store is busy",
                      fmt::format("no connection for a look-up within {} s", wait_max.count()));
    }
    connection = std::move(pool.free_.back());
    pool.free_.pop_back();
}

ReaderPool::Lease::~Lease() {
    {
        const std::lock_guard lock(pool.mutex_);
        pool.free_.push_back(std::move(connection));
    }
    pool.returned_.notify_one();
}

Failure ReaderPool::failure_of(const SqlError& error) {
    return {error.is_damage() ? Category::fault : Category::unavailable, "the store cannot be read",
            error.what()};
}

}  // namespace gateway::sql
