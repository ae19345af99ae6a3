// What an operator looks at: the deliveries that a filter chooses. Reads only; pure but for them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/flow/message/delivery.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// What is empty or absent chooses nothing out.
struct QueueFilter {
    std::string destination = {};            // partner id
    std::vector<DeliveryState> states = {};  // empty: all but the delivered ones
    std::string message = {};                // id
    std::optional<Instant> created_before = std::nullopt;
    std::optional<Instant> created_after = std::nullopt;

    bool takes(DeliveryState state) const;
    bool takes(const Delivery& delivery) const;
};

// The oldest that the filter takes, without bytes, by sequence.
std::vector<Delivery> select_deliveries(const StoreReads& store, const QueueFilter& filter,
                                        std::size_t limit);

// The counts of destinations and states that the filter takes; those delivered are not counted.
std::vector<DeliveryCount> count_deliveries(const StoreReads& store, const QueueFilter& filter);

}  // namespace gateway
