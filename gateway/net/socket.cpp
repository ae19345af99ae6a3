#include "gateway/net/socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr int backlog = 256;

std::string shown(const std::string& host, std::uint16_t port) {
    const bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// Small messages must not wait for the peer's delayed acknowledgement; dead peers are noticed.
void prepare(Poco::Net::StreamSocket& socket) {
    socket.setBlocking(false);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
}

std::string ip_of(const sockaddr_storage& address, socklen_t length) {
    const Poco::Net::SocketAddress peer(
        reinterpret_cast<const sockaddr*>(&address),  // the sockets API asks for it
        length);
    return peer.host().toString();
}

}  // namespace

bool is_ip_address(const std::string& text) {
    Poco::Net::IPAddress address;
    return Poco::Net::IPAddress::tryParse(text, address);
}

bool is_loopback(const std::string& ip) {
    Poco::Net::IPAddress address;
    if (!Poco::Net::IPAddress::tryParse(ip, address)) {
        return false;
    }
    // Poco calls every IPv4 address mapped; the text tells.
    constexpr std::string_view mapped = "::ffff:";
    const std::string text = address.toString();
    if (text.starts_with(mapped)) {
        return is_loopback(text.substr(mapped.size()));
    }
    return address.isLoopback();
}

Socket::Socket(std::unique_ptr<Poco::Net::StreamSocket> socket)
    : socket_(std::move(socket)), descriptor_(socket_->impl()->sockfd()) {
}

Socket::Socket(Socket&& other) noexcept = default;
Socket& Socket::operator=(Socket&& other) noexcept = default;
Socket::~Socket() = default;

Socket Socket::connecting(const IpPort& to) {
    try {
        auto socket = std::make_unique<Poco::Net::StreamSocket>();
        socket->connectNB(Poco::Net::SocketAddress(to.ip, to.port));
        prepare(*socket);
        return Socket(std::move(socket));
    } catch (const Poco::Exception& fault) {
        throw Failure(Category::unavailable, "cannot connect",
                      "cannot connect to " + shown(to.ip, to.port) + ": " + fault.displayText());
    }
}

std::optional<Socket> Socket::accepted(int descriptor) {
    auto socket = std::make_unique<Poco::Net::StreamSocket>(
        // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): Poco takes and counts it
        new Poco::Net::StreamSocketImpl(descriptor));
    try {
        prepare(*socket);
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
    return Socket(std::move(socket));
}

int Socket::connect_progress() const {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        return errno;
    }
    if (error != 0) {
        return error;
    }
    sockaddr_storage peer = {};
    length = sizeof peer;
    const bool connected =
        ::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
    return connected ? 0 : EINPROGRESS;
}

void Socket::finish_sending() {
    ::shutdown(descriptor_, SHUT_WR);
}

ListeningSocket::ListeningSocket(const HostPort& address) {
    try {
        const Poco::Net::SocketAddress where(address.host, address.port);
        socket_ = std::make_unique<Poco::Net::ServerSocket>();
        // Never SO_REUSEPORT: a second gateway on the same port must not start and take a share.
        constexpr bool reuse_address = true;
        constexpr bool reuse_port = false;
        socket_->bind(where, reuse_address, reuse_port);
        socket_->listen(backlog);
        socket_->setBlocking(false);
        descriptor_ = socket_->impl()->sockfd();
        address_ = {socket_->address().host().toString(), socket_->address().port()};
    } catch (const Poco::Exception& fault) {
        throw Failure(
            Category::unavailable, "cannot listen",
            "cannot listen on " + shown(address.host, address.port) + ": " + fault.displayText());
    }
}

ListeningSocket::~ListeningSocket() = default;

void ListeningSocket::close() {
    socket_->close();
    descriptor_ = -1;
}

Accepted ListeningSocket::accept() {
    if (descriptor_ < 0) {
        return {AcceptStatus::none_waiting, std::nullopt, {}};
    }
    sockaddr_storage peer = {};
    socklen_t length = sizeof peer;
    const int descriptor = ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&peer), &length,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
        auto socket = Socket::accepted(descriptor);
        const auto status = socket ? AcceptStatus::accepted : AcceptStatus::gone_again;
        return {status, std::move(socket), ip_of(peer, length)};
    }
    const bool exhausted =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (exhausted) {
        return {AcceptStatus::out_of_resources, std::nullopt, {}};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return {AcceptStatus::none_waiting, std::nullopt, {}};
    }
    return {AcceptStatus::gone_again, std::nullopt, {}};
}

}  // namespace gateway
