// The far end of the pass-through benchmark: takes messages over MLLP/TLS, answers AA, and holds
// each against the very bytes that were sent, by the number in its MSH-10. Counts every arrival.
// Thread-safe look-ups.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/settings/settings.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

class PassSink final {
public:
    using Messages = std::vector<std::shared_ptr<const std::string>>;

    // Listens at once. `sent` by number.
    PassSink(Reactor& reactor, const ListenSettings& listen, Messages sent);

    struct Arrivals {
        std::size_t messages = 0;
        std::size_t distinct = 0;  // and as they were sent
        std::size_t changed = 0;   // other bytes than were sent, or nobody's
    };

    Arrivals arrivals() const;

    // By number; the epoch where it has not arrived.
    std::vector<std::chrono::steady_clock::time_point> times() const;

private:
    void take(const std::string& bytes);

    Messages sent_;
    mutable std::mutex mutex_;  // guards the two below
    std::vector<std::chrono::steady_clock::time_point> first_;
    Arrivals arrivals_;
    std::unique_ptr<MllpServer> server_;
};

}  // namespace gateway
