// The near end of a benchmark: many referrals made of one, each with a patient, a number and a
// control id of its own, sent over several MLLP/TLS connections. Times every acknowledgement.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/client_endpoint.h"
#include "gateway/net/reactor.h"

namespace gateway {

inline constexpr std::string_view bench_mark = "BENCH-";
inline constexpr std::size_t bench_digits = 8;

// "BENCH-00000042"
std::string bench_number(std::size_t index);

// `count` messages from a template: PID-3.1, RF1-6.1, MSH-10 and the OBR/OBX numbers that a map
// makes ids of are new in each.
std::vector<std::shared_ptr<const std::string>> make_referrals(const std::string& template_bytes,
                                                               std::size_t count);

struct LoadResult {
    struct Message {
        std::chrono::steady_clock::time_point sent;
        std::chrono::steady_clock::time_point acknowledged;
        bool is_accepted = false;
    };

    std::vector<Message> messages;  // by index
    std::chrono::steady_clock::duration took{};
};

struct LoadPlan {
    std::size_t connections = 8;
    // Messages a second over all connections, sent whether or not earlier ones were answered (as
    // far as the connections have room); 0: each connection sends its next when it has its answer.
    double rate = 0;
};

// Blocks until every message was answered or failed.
LoadResult run_load(Reactor& reactor, const ClientEndpoint& endpoint, const LoadPlan& plan,
                    const std::vector<std::shared_ptr<const std::string>>& referrals);

}  // namespace gateway
