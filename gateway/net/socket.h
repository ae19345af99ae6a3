// Plain non-blocking TCP sockets (Poco's, hidden): the descriptors that streams and the reactor
// work on. TCP_NODELAY and keep-alive probes are on. Move-only; one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace Poco::Net {  // NOLINT(readability-identifier-naming): Poco's
class ServerSocket;
class StreamSocket;
}  // namespace Poco::Net

namespace gateway {

// Where to listen, or whom to call: an IP address or a name.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const HostPort&) const = default;
};

// An address that needs no look-up; `ip` is the text of an IPv4 or IPv6 address.
struct IpPort {
    std::string ip;
    std::uint16_t port = 0;

    bool operator==(const IpPort&) const = default;
};

// 127.0.0.0/8, ::1 and the IPv4-mapped form of the former.
bool is_loopback(const std::string& ip);
bool is_ip_address(const std::string& text);

class Socket final {
public:
    // Begins to connect; the descriptor becomes writable when that has worked or failed. Throws a
    // Failure `unavailable` where it fails at once.
    static Socket connecting(const IpPort& to);

    // Takes over the descriptor of an accepted connection; nothing where the peer left already.
    static std::optional<Socket> accepted(int descriptor);

    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket();

    int descriptor() const { return descriptor_; }

    // What became of a non-blocking connect: 0 once it is done, EINPROGRESS, or why it failed.
    int connect_progress() const;

    // Closes the sending half (TCP FIN).
    void finish_sending();

private:
    explicit Socket(std::unique_ptr<Poco::Net::StreamSocket> socket);

    std::unique_ptr<Poco::Net::StreamSocket> socket_;
    int descriptor_ = -1;
};

// `gone_again`: that peer has left, the next may wait.
enum class AcceptStatus { accepted, gone_again, none_waiting, out_of_resources };

struct Accepted {
    AcceptStatus status;
    std::optional<Socket> socket;
    std::string peer_ip;
};

class ListeningSocket final {
public:
    // Binds and listens; a Failure `unavailable` names the address and the reason. Port 0 takes a
    // free one.
    explicit ListeningSocket(const HostPort& address);
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    Accepted accept();

    // Refuses whoever calls from now on; the descriptor is gone.
    void close();

    int descriptor() const { return descriptor_; }

    const IpPort& address() const { return address_; }

private:
    std::unique_ptr<Poco::Net::ServerSocket> socket_;
    int descriptor_ = -1;
    IpPort address_;
};

}  // namespace gateway
