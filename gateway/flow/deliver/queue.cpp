#include "gateway/flow/deliver/queue.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>

namespace gateway {

namespace {

constexpr std::size_t page = 1000;

// The leased ones twice: while we look, a delivery goes from pending to leased or back, and would
// be in neither list.
constexpr std::array reading_order{
    DeliveryState::leased,      DeliveryState::pending,   DeliveryState::held,
    DeliveryState::quarantined, DeliveryState::delivered, DeliveryState::leased,
};

// An empty part is in every text.
bool contains_ignoring_case(std::string_view text, std::string_view part) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return part.empty() || !std::ranges::search(text, part, [&](char a, char b) {
                                return lower(a) == lower(b);
                            }).empty();
}

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

// Calls `take` for what the filter takes, by sequence, until it says false.
void walk_stranded(const StoreReads& store, const QueueFilter& filter,
                   const std::function<bool(Message&)>& take) {
    std::uint64_t after = 0;
    while (filter.takes_stranded()) {
        auto some = store.stranded(after, page);
        if (some.empty()) {
            return;
        }
        after = some.back().sequence;
        for (Message& message : some) {
            if (filter.takes_stranded(message) && !take(message)) {
                return;
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
           (message.empty() || delivery.message == message) && from.empty() &&
           (!created_before || delivery.created < *created_before) &&
           (!created_after || delivery.created > *created_after) &&
           contains_ignoring_case(delivery.outcome, reason);
}

bool QueueFilter::takes_stranded() const {
    return destination.empty() && takes(DeliveryState::quarantined);
}

bool QueueFilter::takes_stranded(const Message& stranded) const {
    return takes_stranded() && (from.empty() || stranded.sender.partner == from) &&
           (message.empty() || stranded.id == message) &&
           (!created_before || stranded.received < *created_before) &&
           (!created_after || stranded.received > *created_after) &&
           contains_ignoring_case(stranded.reason, reason);
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

std::vector<Message> select_stranded(const StoreReads& store, const QueueFilter& filter,
                                     std::size_t limit) {
    std::vector<Message> found;
    walk_stranded(store, filter, [&](Message& message) {
        if (found.size() < limit) {
            found.push_back(std::move(message));
        }
        return found.size() < limit;
    });
    return found;
}

std::vector<StrandedCount> count_stranded(const StoreReads& store, const QueueFilter& filter) {
    std::map<std::string, StrandedCount> by_sender;
    walk_stranded(store, filter, [&](const Message& message) {
        StrandedCount& count = by_sender[message.sender.partner];
        count.from = message.sender.partner;
        count.oldest =
            count.count == 0 ? message.received : std::min(count.oldest, message.received);
        ++count.count;
        return true;
    });
    std::vector<StrandedCount> counts;
    for (auto& one : by_sender) {
        counts.push_back(std::move(one.second));
    }
    return counts;
}

std::vector<DeliveryCount> count_deliveries(const StoreReads& store, const QueueFilter& filter) {
    auto counts = filter.from.empty() ? store.delivery_counts() : std::vector<DeliveryCount>{};
    std::erase_if(counts, [&](const DeliveryCount& count) {
        return !filter.takes(count.state) ||
               (!filter.destination.empty() && count.destination != filter.destination);
    });
    return counts;
}

}  // namespace gateway
