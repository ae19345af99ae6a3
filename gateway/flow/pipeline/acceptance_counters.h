// What became of the messages that partners sent, and how long they waited for the answer. One
// mutex guards the list of partners, which grows up to as many as the settings name; counting takes
// it shared.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/metrics.h"

namespace gateway {

enum class Acceptance {
    accepted,     // durable, answered positively
    replayed,     // known before: the stored answer again
    refused,      // answered for good: the message has faults, or may not be sent
    deferred,     // received, and not done in time: the sender was asked to ask again
    turned_away,  // not taken now, the sender may try again: busy, no store, no room
};

inline constexpr std::array acceptances{Acceptance::accepted, Acceptance::replayed,
                                        Acceptance::refused, Acceptance::deferred,
                                        Acceptance::turned_away};

std::string_view to_string(Acceptance acceptance);

struct AcceptanceReading {
    std::string partner;
    std::array<std::uint64_t, acceptances.size()> messages{};  // in the order of `acceptances`
    LatencyReading latency;
};

class AcceptanceCounters final {
public:
    void count(std::string_view partner, Acceptance acceptance, std::chrono::nanoseconds time);

    // By partner.
    std::vector<AcceptanceReading> reading() const;

private:
    struct OfPartner {
        std::array<Counter, acceptances.size()> messages;
        LatencyHistogram latency;
    };

    OfPartner& of(std::string_view partner);

    mutable std::shared_mutex mutex_;
    std::map<std::string, std::unique_ptr<OfPartner>, std::less<>> partners_;
};

}  // namespace gateway
