#include "gateway/flow/deliver/queue.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace gateway {

namespace {

constexpr std::size_t page = 1000;

// The leased ones twice: while we look, a delivery goes from pending to leased or back, and would
// be in neither list.
constexpr std::array reading_order{
    DeliveryState::leased,      DeliveryState::pending,   DeliveryState::held,
    DeliveryState::quarantined, DeliveryState::delivered, DeliveryState::leased,
};

// By sequence, page by page, until the limit or the end.
void gather(const StoreReads& store, const QueueFilter& filter, DeliveryState state,
            std::size_t limit, std::vector<Delivery>& found) {
    const std::size_t full = found.size() + std::min(limit, found.max_size() - found.size());
    std::uint64_t after = 0;
    while (found.size() < full) {
        auto some = store.deliveries_in(state, filter.destination, after, page);
        if (some.empty()) {
            return;
        }
        after = some.back().sequence;
        for (Delivery& delivery : some) {
            if (found.size() < full && filter.takes(delivery)) {
                found.push_back(std::move(delivery));
            }
        }
    }
}

}  // namespace

bool QueueFilter::takes(DeliveryState state) const {
    return states.empty() ? state != DeliveryState::delivered
                          : std::ranges::find(states, state) != states.end();
}

bool QueueFilter::takes(const Delivery& delivery) const {
    return takes(delivery.state) && (destination.empty() || delivery.destination == destination) &&
           (message.empty() || delivery.message == message) &&
           (!created_before || delivery.created < *created_before) &&
           (!created_after || delivery.created > *created_after);
}

std::vector<Delivery> select_deliveries(const StoreReads& store, const QueueFilter& filter,
                                        std::size_t limit) {
    std::vector<Delivery> found;
    if (!filter.message.empty()) {
        found = store.deliveries_of(filter.message);
        std::erase_if(found, [&](const Delivery& delivery) { return !filter.takes(delivery); });
    } else {
        for (const DeliveryState state : reading_order) {
            if (filter.takes(state)) {
                gather(store, filter, state, limit, found);
            }
        }
    }
    // Of one that was seen in two states, the later.
    std::ranges::reverse(found);
    std::ranges::stable_sort(found, {}, &Delivery::sequence);
    const auto again = std::ranges::unique(found, {}, &Delivery::sequence);
    found.erase(again.begin(), again.end());
    if (found.size() > limit) {
        found.erase(std::next(found.begin(), static_cast<std::ptrdiff_t>(limit)), found.end());
    }
    return found;
}

std::vector<DeliveryCount> count_deliveries(const StoreReads& store, const QueueFilter& filter) {
    auto counts = store.delivery_counts();
    std::erase_if(counts, [&](const DeliveryCount& count) {
        return !filter.takes(count.state) ||
               (!filter.destination.empty() && count.destination != filter.destination);
    });
    return counts;
}

}  // namespace gateway
