#include "gateway/flow/pipeline/acceptance_counters.h"

#include <mutex>
#include <stdexcept>

namespace gateway {

std::string_view to_string(Acceptance acceptance) {
    switch (acceptance) {
        case Acceptance::accepted:
            return "accepted";
        case Acceptance::replayed:
            return "replayed";
        case Acceptance::refused:
            return "refused";
        case Acceptance::deferred:
            return "deferred";
        case Acceptance::turned_away:
            return "turned_away";
    }
    throw std::logic_error("not an end of an acceptance");
}

void AcceptanceCounters::count(std::string_view partner, Acceptance acceptance,
                               std::chrono::nanoseconds time) {
    OfPartner& counters = of(partner);
    counters.messages.at(static_cast<std::size_t>(acceptance)).add();
    counters.latency.observe(time);
}

AcceptanceCounters::OfPartner& AcceptanceCounters::of(std::string_view partner) {
    {
        const std::shared_lock lock(mutex_);
        const auto known = partners_.find(partner);
        if (known != partners_.end()) {
            return *known->second;
        }
    }
    const std::unique_lock lock(mutex_);
    auto& counters = partners_[std::string{partner}];
    if (!counters) {
        counters = std::make_unique<OfPartner>();
    }
    return *counters;
}

std::vector<AcceptanceReading> AcceptanceCounters::reading() const {
    std::vector<AcceptanceReading> all;
    const std::shared_lock lock(mutex_);
    for (const auto& [partner, counters] : partners_) {
        AcceptanceReading& reading = all.emplace_back();
        reading.partner = partner;
        for (std::size_t i = 0; i < acceptances.size(); ++i) {
            reading.messages.at(i) = counters->messages.at(i).value();
        }
        reading.latency = counters->latency.reading();
    }
    return all;
}

}  // namespace gateway
