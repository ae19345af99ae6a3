#include "gateway/net/timers.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

// Entries of cancelled timers that we bear before the heap is rebuilt.
constexpr std::size_t cancelled_max = 64;

constexpr auto later = [](const auto& left, const auto& right) { return left.due > right.due; };

}  // namespace

void Timers::add(TimerId id, SteadyTime due, std::function<void()> task) {
    tasks_.emplace(id, std::move(task));
    heap_.push_back({due, id});
    std::push_heap(heap_.begin(), heap_.end(), later);
}

void Timers::cancel(TimerId id) {
    tasks_.erase(id);
    if (heap_.size() > 2 * tasks_.size() + cancelled_max) {
        compact();
    }
}

std::optional<std::function<void()>> Timers::take_due(SteadyTime now) {
    drop_cancelled_head();
    if (heap_.empty() || heap_.front().due > now) {
        return std::nullopt;
    }
    auto node = tasks_.extract(heap_.front().id);
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return std::move(node.mapped());
}

std::optional<SteadyTime> Timers::next_due() {
    drop_cancelled_head();
    if (heap_.empty()) {
        return std::nullopt;
    }
    return heap_.front().due;
}

void Timers::drop_cancelled_head() {
    while (!heap_.empty() && !tasks_.contains(heap_.front().id)) {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        heap_.pop_back();
    }
}

void Timers::compact() {
    std::erase_if(heap_, [this](const Entry& entry) { return !tasks_.contains(entry.id); });
    std::make_heap(heap_.begin(), heap_.end(), later);
}

}  // namespace gateway
