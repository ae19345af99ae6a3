// A peer that sends any bytes whatever and waits for what comes: plain or TLS, blocking, with a
// bound on every wait. Also a listening one. For tests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/net/tls_context.h"

struct ssl_st;

namespace gateway {

void use_tls_1_2_only(const TlsContext& context);

// What a client of this context says first: its ClientHello, in one record.
std::string greeting_of(const TlsContext& context);

class RawPeer final {
public:
    // Throw std::runtime_error where nobody listens.
    explicit RawPeer(std::uint16_t port, const std::string& ip = "127.0.0.1");
    explicit RawPeer(const std::string& socket_file);
    // Throws std::runtime_error where the handshake fails.
    RawPeer(std::uint16_t port, const TlsContext& context);
    // Takes over an accepted descriptor.
    static RawPeer on(int descriptor);
    RawPeer(RawPeer&& other) noexcept;
    ~RawPeer();

    // True where the peer has accepted us; with TLS 1.3 a client learns of a refusal only later.
    bool handshake_as_server(const TlsContext& context);
    bool handshake_as_client(const TlsContext& context);

    // PeerCertificate::spki_sha256 of the server that we called.
    std::string server_key() const;

    void send(std::string_view bytes);
    // One TLS record, of which only the first half goes out.
    void send_half_record(std::string_view bytes);
    // Beside TLS, as an attacker or a broken peer would.
    void send_raw(std::string_view bytes);
    // What there is, or comes first; empty where the peer has ended or `wait` is over.
    std::string receive_some(std::chrono::milliseconds wait);
    // As much as comes until `mark` is there, the peer ends, or `wait` is over.
    std::string receive_until(std::string_view mark,
                              std::chrono::milliseconds wait = std::chrono::seconds(5));

    std::string receive_all(std::chrono::milliseconds wait = std::chrono::seconds(5)) {
        return receive_until({}, wait);
    }

    bool has_ended() const { return ended_; }

    // Until the peer has ended; false where it has not after `wait`.
    bool ends_within(std::chrono::milliseconds wait);
    void half_close();
    // Ends with a TCP reset.
    void reset();
    void close();

private:
    RawPeer() = default;

    void begin_tls(const TlsContext& context);

    int descriptor_ = -1;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_{nullptr, nullptr};
    bool ended_ = false;
};

// Accepts connections and plays `script` with each: one after the other on each thread.
class RawServer final {
public:
    using Script = std::function<void(RawPeer&, int connection)>;

    explicit RawServer(Script script, std::size_t threads = 1, const std::string& ip = "127.0.0.1");
    ~RawServer();

    std::uint16_t port() const { return port_; }

    int connections() const { return connections_; }

private:
    void serve(const std::stop_token& stop);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    Script script_;
    std::vector<std::jthread> threads_;
};

}  // namespace gateway
