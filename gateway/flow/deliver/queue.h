// What an operator looks at: the deliveries that a filter chooses, and the messages in quarantine
// that never came as far as one (stranded). Reads only; pure but for them.
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
    std::string destination = {};            // partner id; then nothing stranded
    std::string from = {};                   // the sender's; then no delivery
    std::vector<DeliveryState> states = {};  // empty: all but the delivered ones
    std::string message = {};                // id
    std::optional<Instant> created_before = std::nullopt;
    std::optional<Instant> created_after = std::nullopt;
    std::string reason = {};  // a part of the last outcome, capital or small

    bool takes(DeliveryState state) const;
    bool takes(const Delivery& delivery) const;
    bool takes_stranded() const;
    bool takes_stranded(const Message& stranded) const;
};

// The oldest that the filter takes, without bytes, by sequence.
std::vector<Delivery> select_deliveries(const StoreReads& store, const QueueFilter& filter,
                                        std::size_t limit);

// The same of messages that are stranded: as many of one sender as fill the limit do not hide those
// of another, if the filter names it.
std::vector<Message> select_stranded(const StoreReads& store, const QueueFilter& filter,
                                     std::size_t limit);

// The counts of destinations and states that the filter takes; those delivered are not counted.
std::vector<DeliveryCount> count_deliveries(const StoreReads& store, const QueueFilter& filter);

struct StrandedCount {
    std::string from;  // partner id
    std::size_t count = 0;
    Instant oldest{};
};

// By sender, of what the filter takes.
std::vector<StrandedCount> count_stranded(const StoreReads& store, const QueueFilter& filter);

}  // namespace gateway
