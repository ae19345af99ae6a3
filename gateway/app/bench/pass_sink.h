// The far end of the benchmarks that hold what arrives against what was sent, by the number in it:
// takes messages over MLLP/TLS or HTTPS and answers AA or 200. Counts every arrival. Thread-safe
// look-ups.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/settings/settings.h"
#include "gateway/net/http_server.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

enum class Arriving {
    as_sent,    // the very bytes
    converted,  // another message with the same number
};

class PassSink final {
public:
    using Messages = std::vector<std::shared_ptr<const std::string>>;

    // Listens at once. `sent` by number.
    PassSink(Reactor& reactor, const ListenSettings& listen, Messages sent,
             Channel kind = Channel::mllp, Arriving arriving = Arriving::as_sent);

    struct Arrivals {
        std::size_t messages = 0;
        std::size_t distinct = 0;  // and as they were to arrive
        std::size_t changed = 0;   // otherwise, or nobody's
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
    Arriving arriving_;
    std::unique_ptr<HttpServer> https_;  // one of the two
    std::unique_ptr<MllpServer> mllp_;
};

}  // namespace gateway
