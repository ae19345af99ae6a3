#include "gateway/flow/deliver/attempt_counters.h"

#include <stdexcept>

namespace gateway {

std::string_view to_string(AttemptResult result) {
    switch (result) {
        case AttemptResult::delivered:
            return "delivered";
        case AttemptResult::refused:
            return "refused";
        case AttemptResult::failed:
            return "failed";
        case AttemptResult::try_again:
            return "try_again";
        case AttemptResult::damaged:
            return "damaged";
    }
    throw std::logic_error("not a result of an attempt");
}

void AttemptCounters::count(AttemptResult result, std::chrono::nanoseconds time) {
    attempts_.at(static_cast<std::size_t>(result)).add();
    latency_.observe(time);
}

AttemptReading AttemptCounters::reading() const {
    AttemptReading reading;
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        reading.attempts.at(i) = attempts_.at(i).value();
    }
    reading.latency = latency_.reading();
    reading.is_breaker_open = is_breaker_open_;
    return reading;
}

}  // namespace gateway
