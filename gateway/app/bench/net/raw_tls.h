// Blocking TLS by OpenSSL alone, nothing of gateway/net in it: the cheap client of every network
// benchmark, and the yardstick that the server is held against. Peers verify each other; no
// tickets, no sessions. A fault is a Failure; a peer silent for five seconds is one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/tls_context.h"

struct ssl_ctx_st;
struct ssl_st;

namespace gateway {

using RawContext = std::shared_ptr<ssl_ctx_st>;

enum class RawRole { client, server };

// On this thread: OpenSSL writes without MSG_NOSIGNAL, and a peer that leaves must end the figure,
// not the process.
void block_broken_pipe_signals();

// "OpenSSL 3.0.17 1 Jul 2025"
std::string openssl_version();

RawContext raw_context(RawRole role, const TlsFiles& files);

class RawTls final {
public:
    // Connected and shaken hands with, as "localhost", on the loopback port.
    RawTls(const RawContext& context, std::uint16_t port);

    // Takes the descriptor and shakes hands as server.
    static RawTls accepting(const RawContext& context, int descriptor);

    RawTls(RawTls&& other) noexcept;
    RawTls& operator=(RawTls&& other) = delete;
    RawTls(const RawTls&) = delete;
    RawTls& operator=(const RawTls&) = delete;
    ~RawTls();

    void write(std::string_view bytes);

    // Of one TLS record; 0 when the peer has ended the stream.
    std::size_t read(std::span<char> space);

    // Says that nothing more is sent.
    void finish();

    int descriptor() const { return descriptor_; }

private:
    RawTls(const RawContext& context, int descriptor, RawRole role);

    int descriptor_;
    ssl_st* ssl_;
};

// A blocking listening socket on a free loopback port.
class RawListener final {
public:
    RawListener();
    ~RawListener();
    RawListener(const RawListener&) = delete;
    RawListener& operator=(const RawListener&) = delete;

    std::uint16_t port() const { return port_; }

    // -1 once it is stopped.
    int accept() const;

    // Ends every accept(), from any thread.
    void stop() const;

private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace gateway
