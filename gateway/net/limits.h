// What a peer may take of us, and for how long. Every state of a connection has one absolute
// deadline that no trickle of bytes moves; bodies and replies get a grace time plus the time that
// they need at the slowest rate we bear.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway {

struct ConnectionLimits {
    std::chrono::milliseconds handshake{5'000};  // TCP accept to the end of the TLS handshake
    std::chrono::milliseconds transfer_grace{10'000};
    std::uint64_t transfer_bytes_per_second_min = 2'048;
    std::size_t connections_max = 1'024;
    std::size_t connections_per_peer_max = 128;
};

struct HttpLimits {
    ConnectionLimits connection = {};
    std::chrono::milliseconds head{10'000};
    std::chrono::milliseconds idle{30'000};
    std::chrono::milliseconds reply{60'000};  // the application's time; then 503
    std::size_t head_bytes_max = 32UL * 1024;
    std::size_t target_bytes_max = 8UL * 1024;
    std::size_t header_count_max = 100;
    std::uint64_t body_bytes_max = 16UL * 1024 * 1024;
};

struct MllpLimits {
    ConnectionLimits connection = {};
    std::chrono::milliseconds idle{1'800'000};  // MLLP senders keep connections for hours
    std::chrono::milliseconds reply{60'000};    // the application's time; then the connection ends
    std::size_t message_bytes_max = 16UL * 1024 * 1024;
    std::size_t junk_bytes_max = 1'024;  // between two frames
};

struct HttpClientLimits {
    std::chrono::milliseconds connect{5'000};  // one address, TCP and TLS
    std::chrono::milliseconds total{30'000};   // a request, where it names no deadline itself
    std::chrono::milliseconds idle{25'000};    // below our own servers' 30 s: fewer reuse races
    std::chrono::milliseconds address_age{60'000};  // how long a DNS answer is used
    std::size_t connections_max = 4;
    std::size_t waiting_max = 1'024;
    std::size_t head_bytes_max = 64UL * 1024;
    std::size_t header_count_max = 200;
    std::uint64_t body_bytes_max = 64UL * 1024 * 1024;
};

struct MllpClientLimits {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds total{30'000};  // a message from send() to its answer
    std::chrono::milliseconds idle{600'000};
    std::chrono::milliseconds address_age{60'000};
    std::size_t waiting_max = 1'024;
    std::size_t message_bytes_max = 16UL * 1024 * 1024;
};

}  // namespace gateway
