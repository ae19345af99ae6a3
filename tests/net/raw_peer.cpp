#include "tests/net/raw_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "gateway/net/peer_certificate.h"

namespace gateway {

namespace {

sockaddr_in address_of(const std::string& ip, std::uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    if (::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) {
        throw std::runtime_error("no IPv4 address: " + ip);
    }
    address.sin_port = htons(port);
    return address;
}

template <typename Address>
int connect_to(const Address& address) {
    std::signal(SIGPIPE, SIG_IGN);
    const auto& generic = reinterpret_cast<const sockaddr&>(address);
    const int descriptor = ::socket(generic.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(descriptor, &generic, sizeof address) != 0) {
        ::close(descriptor);
        throw std::runtime_error("connect");
    }
    return descriptor;
}

sockaddr_un address_of_file(const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.copy(address.sun_path, sizeof address.sun_path - 1) < path.size()) {
        throw std::runtime_error(path + ": too long for a socket");
    }
    return address;
}

void limit_waits(int descriptor, std::chrono::milliseconds wait) {
    timeval time = {};
    time.tv_sec = wait.count() / 1000;
    time.tv_usec = wait.count() % 1000 * 1000;
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

}  // namespace

void use_tls_1_2_only(const TlsContext& context) {
    SSL_CTX_set_max_proto_version(context.native(), TLS1_2_VERSION);
}

std::string greeting_of(const TlsContext& context) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.native()), &SSL_free);
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl.get());
    std::string greeting(BIO_ctrl_pending(out), '\0');
    BIO_read(out, greeting.data(), static_cast<int>(greeting.size()));
    return greeting;
}

RawPeer::RawPeer(std::uint16_t port, const std::string& ip)
    : descriptor_(connect_to(address_of(ip, port))) {
    const int on = 1;  // as every client of weight does: else 40 ms of waiting are our own
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawPeer::RawPeer(const std::string& socket_file)
    : descriptor_(connect_to(address_of_file(socket_file))) {
}

RawPeer::RawPeer(std::uint16_t port, const TlsContext& context) : RawPeer(port) {
    if (!handshake_as_client(context)) {
        throw std::runtime_error("handshake");
    }
}

void RawPeer::begin_tls(const TlsContext& context) {
    limit_waits(descriptor_, std::chrono::seconds(5));
    ssl_ = {SSL_new(context.native()), &SSL_free};
    SSL_set_fd(ssl_.get(), descriptor_);
    ERR_clear_error();
}

bool RawPeer::handshake_as_server(const TlsContext& context) {
    begin_tls(context);
    return SSL_accept(ssl_.get()) == 1;
}

bool RawPeer::handshake_as_client(const TlsContext& context) {
    begin_tls(context);
    return SSL_connect(ssl_.get()) == 1;
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

void RawPeer::send_half_record(std::string_view bytes) {
    BIO* const memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_.get(), memory);
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    char* record = nullptr;
    const long length = BIO_get_mem_data(memory, &record);
    ::send(descriptor_, record, static_cast<std::size_t>(length / 2), MSG_NOSIGNAL);
}

void RawPeer::send_raw(std::string_view bytes) {
    ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string RawPeer::receive_some(std::chrono::milliseconds wait) {
    std::array<char, 4096> space;
    limit_waits(descriptor_, wait);
    const long count = ssl_ ? SSL_read(ssl_.get(), space.data(), static_cast<int>(space.size()))
                            : ::recv(descriptor_, space.data(), space.size(), 0);
    const bool timed_out = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    ended_ = ended_ || (count <= 0 && !timed_out);
    return {space.data(), static_cast<std::size_t>(std::max(count, 0L))};
}

std::string RawPeer::receive_until(std::string_view mark, std::chrono::milliseconds wait) {
    std::string all;
    const auto end = std::chrono::steady_clock::now() + wait;
    std::size_t searched = 0;  // the mark does not begin before it: long answers stay linear
    while (!ended_ && (mark.empty() || all.find(mark, searched) == std::string::npos)) {
        searched = all.size() - std::min(all.size(), mark.size());
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            break;
        }
        all += receive_some(left);
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

void RawPeer::reset() {
    const linger at_once = {1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void RawPeer::close() {
    ssl_.reset();
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

RawServer::RawServer(Script script, std::size_t threads, const std::string& ip)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), script_(std::move(script)) {
    sockaddr_in address = address_of(ip, 0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 256) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
        throw std::runtime_error("listen");
    }
    port_ = ntohs(address.sin_port);
    ::fcntl(listener_, F_SETFL, O_NONBLOCK);  // who is woken and comes too late must not wait
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
    }
}

void RawServer::serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        pollfd wait = {listener_, POLLIN, 0};
        const int descriptor =
            ::poll(&wait, 1, 20) > 0 ? ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
        if (descriptor >= 0) {
            RawPeer peer = RawPeer::on(descriptor);
            script_(peer, ++connections_);
        }
    }
}

RawServer::~RawServer() {
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
    ::close(listener_);
}

}  // namespace gateway
