#include "gateway/app/bench/net/raw_tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/openssl_error.h"

namespace gateway {

namespace {

constexpr timeval patience = {5, 0};
constexpr int backlog = 256;

[[noreturn]] void fail(const std::string& doing) {
    const int error = errno;
    const bool by_openssl = ERR_peek_error() != 0;
    throw Failure(Category::unavailable, "the benchmark's own TLS failed",
                  doing + ": " +
                      (by_openssl ? take_openssl_error() : std::generic_category().message(error)));
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// The sockets API asks for these casts.
const sockaddr* plain(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

void prepare(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

int connected(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (descriptor < 0 || ::connect(descriptor, plain(address), sizeof address) != 0) {
        const int error = errno;
        ::close(descriptor);
        errno = error;
        fail("connect");
    }
    return descriptor;
}

}  // namespace

void block_broken_pipe_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

std::string openssl_version() {
    return OpenSSL_version(OPENSSL_VERSION);
}

RawContext raw_context(RawRole role, const TlsFiles& files) {
    const bool is_server = role == RawRole::server;
    RawContext context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()),
                       &SSL_CTX_free);
    if (!context ||
        SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) !=
            1 ||
        SSL_CTX_load_verify_file(context.get(), files.authorities.c_str()) != 1) {
        fail("TLS context");
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_read_ahead(context.get(), 1);
    // Else it would build and check its own chain with every handshake.
    SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
    return context;
}

RawTls::RawTls(const RawContext& context, int descriptor, RawRole role)
    : descriptor_(descriptor), ssl_(SSL_new(context.get())) {
    prepare(descriptor);
    ERR_clear_error();
    const bool is_client = role == RawRole::client;
    SSL_set_fd(ssl_, descriptor);
    if (is_client) {
        std::string name = "localhost";
        SSL_set1_host(ssl_, name.c_str());
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    if ((is_client ? SSL_connect(ssl_) : SSL_accept(ssl_)) != 1) {
        const int error = errno;
        SSL_free(ssl_);
        ::close(descriptor);
        errno = error;
        fail("handshake");
    }
}

RawTls::RawTls(const RawContext& context, std::uint16_t port)
    : RawTls(context, connected(port), RawRole::client) {
}

RawTls RawTls::accepting(const RawContext& context, int descriptor) {
    return {context, descriptor, RawRole::server};
}

RawTls::RawTls(RawTls&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), ssl_(std::exchange(other.ssl_, nullptr)) {
}

RawTls::~RawTls() {
    SSL_free(ssl_);
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void RawTls::write(std::string_view bytes) {
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count) != 1) {
        fail("write");
    }
}

std::size_t RawTls::read(std::span<char> space) {
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_read_ex(ssl_, space.data(), space.size(), &count) == 1) {
        return count;
    }
    if (SSL_get_error(ssl_, 0) == SSL_ERROR_ZERO_RETURN) {
        return 0;
    }
    fail("read");
}

void RawTls::finish() {
    SSL_shutdown(ssl_);
}

RawListener::RawListener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    const bool listens =
        ::bind(descriptor_, plain(address), size) == 0 && ::listen(descriptor_, backlog) == 0 &&
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!listens) {
        fail("listen");
    }
    port_ = ntohs(address.sin_port);
}

RawListener::~RawListener() {
    ::close(descriptor_);
}

int RawListener::accept() const {
    return ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
}

void RawListener::stop() const {
    ::shutdown(descriptor_, SHUT_RD);
}

}  // namespace gateway
