// The far end of a benchmark: takes messages over HTTPS or MLLP, answers 200 or AA and notes when
// each arrived, by the number in it. Counts every arrival, repeats too. Thread-safe look-ups.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "gateway/base/settings/settings.h"
#include "gateway/net/http_server.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

// An MLLP server that hands on each message and then answers AA. Listens at once.
std::unique_ptr<MllpServer> open_mllp_sink(Reactor& reactor, const ListenSettings& listen,
                                           std::function<void(const std::string& bytes)> take);

// An HTTPS server that hands on the body of each request and then answers 200. Listens at once.
std::unique_ptr<HttpServer> open_https_sink(Reactor& reactor, const ListenSettings& listen,
                                            std::function<void(const std::string& bytes)> take);

class BenchSink final {
public:
    // Listens at once.
    BenchSink(Reactor& reactor, const ListenSettings& listen, Channel kind = Channel::https);

    struct Arrivals {
        std::size_t requests = 0;
        std::size_t distinct = 0;
        std::size_t bytes = 0;
    };

    Arrivals arrivals() const;

    std::unordered_map<std::string, std::chrono::steady_clock::time_point> times() const;

private:
    void take(const std::string& bytes);

    mutable std::mutex mutex_;  // guards the two below
    std::unordered_map<std::string, std::chrono::steady_clock::time_point> first_;
    Arrivals arrivals_;
    std::unique_ptr<HttpServer> https_;  // one of the two
    std::unique_ptr<MllpServer> mllp_;
};

}  // namespace gateway
