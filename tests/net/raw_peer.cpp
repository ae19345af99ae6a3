#include "tests/net/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "gateway/net/peer_certificate.h"

namespace gateway {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void limit_waits(int descriptor, std::chrono::milliseconds wait) {
    timeval time = {};
    time.tv_sec = wait.count() / 1000;
    time.tv_usec = wait.count() % 1000 * 1000;
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

}  // namespace

RawPeer::RawPeer(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);
    const sockaddr_in address = loopback(port);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(descriptor_);
        throw std::runtime_error("connect");
    }
}

RawPeer::RawPeer(std::uint16_t port, const TlsContext& context) : RawPeer(port) {
    limit_waits(descriptor_, std::chrono::seconds(5));
    ssl_ = {SSL_new(context.native()), &SSL_free};
    SSL_set_fd(ssl_.get(), descriptor_);
    ERR_clear_error();
    if (SSL_connect(ssl_.get()) != 1) {
        throw std::runtime_error("handshake");
    }
}

bool RawPeer::handshake_as_server(const TlsContext& context) {
    limit_waits(descriptor_, std::chrono::seconds(5));
    ssl_ = {SSL_new(context.native()), &SSL_free};
    SSL_set_fd(ssl_.get(), descriptor_);
    return SSL_accept(ssl_.get()) == 1;
}

std::string RawPeer::server_key() const {
    return read_peer_certificate(*SSL_get0_peer_certificate(ssl_.get())).spki_sha256;
}

RawPeer RawPeer::on(int descriptor) {
    RawPeer peer;
    peer.descriptor_ = descriptor;
    return peer;
}

RawPeer::RawPeer(RawPeer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      ssl_(std::move(other.ssl_)),
      ended_(other.ended_) {
}

RawPeer::~RawPeer() {
    close();
}

void RawPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = static_cast<int>(bytes.size());
        const long count = ssl_ ? SSL_write(ssl_.get(), bytes.data(), size)
                                : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return;  // the peer has left: what it said shows in receive
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

long RawPeer::receive_some(char* space, std::size_t size) {
    if (ssl_) {
        return SSL_read(ssl_.get(), space, static_cast<int>(size));
    }
    return ::recv(descriptor_, space, size, 0);
}

std::string RawPeer::receive_until(std::string_view mark, std::chrono::milliseconds wait) {
    std::string all;
    std::array<char, 4096> space;
    const auto end = std::chrono::steady_clock::now() + wait;
    std::size_t searched = 0;  // the mark does not begin before it: long answers stay linear
    while (!ended_ && (mark.empty() || all.find(mark, searched) == std::string::npos)) {
        searched = all.size() - std::min(all.size(), mark.size());
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            break;
        }
        limit_waits(descriptor_, left);
        const long count = receive_some(space.data(), space.size());
        const bool timed_out = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (count > 0) {
            all.append(space.data(), static_cast<std::size_t>(count));
        }
        if (count <= 0 && !timed_out) {
            ended_ = true;
        }
    }
    return all;
}

bool RawPeer::ends_within(std::chrono::milliseconds wait) {
    receive_all(wait);
    return ended_;
}

void RawPeer::half_close() {
    ::shutdown(descriptor_, SHUT_WR);
}

void RawPeer::close() {
    ssl_.reset();
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

RawServer::RawServer(Script script)
    : listener_(::socket(AF_INET, SOCK_STREAM, 0)), script_(std::move(script)) {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
        throw std::runtime_error("listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd wait = {listener_, POLLIN, 0};
            if (::poll(&wait, 1, 20) <= 0) {
                continue;
            }
            RawPeer peer = RawPeer::on(::accept(listener_, nullptr, nullptr));
            script_(peer, ++connections_);
        }
    });
}

RawServer::~RawServer() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
}

}  // namespace gateway
