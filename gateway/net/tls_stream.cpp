#include "gateway/net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/openssl_error.h"
#include "gateway/net/tls_fault.h"

namespace gateway {

namespace {

// Server Name Indication, RFC 6066 §3; OpenSSL's macro for it holds an old-style cast.
bool announce_name(SSL& ssl, const std::string& name) {
    std::string text = name;
    return SSL_ctrl(&ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, text.data()) ==
           1;
}

void expect_name(SSL& ssl, const std::string& name) {
    X509_VERIFY_PARAM* checks = SSL_get0_param(&ssl);
    if (is_ip_address(name)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1) {
            return;
        }
    } else {
        SSL_set_hostflags(&ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const bool set = SSL_set1_host(&ssl, name.c_str()) == 1 && announce_name(ssl, name);
        if (set && !name.empty()) {
            return;
        }
    }
    throw Failure(Category::invalid, "cannot connect",
                  "'" + name + "' is no name that a certificate can be checked against");
}

// As OpenSSL says it.
std::string cut_words(const std::string& error) {
    return (error.empty() ? "unexpected eof while reading" : error) + "; " + cut_remedy;
}

}  // namespace

void TlsStream::Free::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

TlsStream::TlsStream(Socket socket, const TlsContext& context)
    : wire_(std::move(socket)), trust_(context.trust()), context_(context.shared_native()) {
}

std::unique_ptr<Stream> TlsStream::accepting(Socket socket, const TlsContext& context) {
    return std::unique_ptr<Stream>(new TlsStream(std::move(socket), context));
}

std::unique_ptr<Stream> TlsStream::connecting(Socket socket, const TlsContext& context,
                                              const std::string& server_name) {
    std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), context));
    if (!stream->begin()) {
        throw Failure(Category::unavailable, "TLS is not available", stream->error_);
    }
    SSL_set_connect_state(stream->ssl_.get());
    expect_name(*stream->ssl_, server_name);
    return stream;
}

// False, and error() says why, where OpenSSL has no memory for it.
bool TlsStream::begin() {
    ssl_.reset(SSL_new(context_.get()));
    if (ssl_ && wire_.carry(*ssl_)) {
        return true;
    }
    fail("cannot make a TLS connection: " + take_openssl_error());
    return false;
}

// As far as there is something for OpenSSL to do.
StreamStatus TlsStream::reach_peer() {
    if (const auto status = wire_.plain().handshake(); status != StreamStatus::ready) {
        left_unheard_ = status == StreamStatus::failed;
        return left_unheard_ ? fail(wire_.error()) : status;
    }
    if (ssl_) {
        return StreamStatus::ready;
    }
    const StreamStatus greeted = wire_.await_greeting();
    if (greeted == StreamStatus::again) {
        return greeted;
    }
    if (greeted != StreamStatus::ready) {
        left_unheard_ = !wire_.holds_bytes();
        return fail("TLS handshake: " +
                    (wire_.has_refused() ? wire_.error() : cut_words(wire_.error())));
    }
    if (!begin()) {
        return StreamStatus::failed;
    }
    SSL_set_accept_state(ssl_.get());
    return StreamStatus::ready;
}

StreamStatus TlsStream::handshake() {
    if (failed_) {
        return StreamStatus::failed;
    }
    if (const auto status = reach_peer(); status != StreamStatus::ready) {
        return status;
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) {
        return judge(result, "handshake");
    }
    established_ = true;
    wire_.opened();
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate != nullptr) {
        PeerCertificate peer = read_peer_certificate(*certificate);
        peer.trusted_by = trusting(*trust_, *ssl_);
        peer_ = std::make_shared<const PeerCertificate>(std::move(peer));
    }
    return StreamStatus::ready;
}

StreamResult TlsStream::read(std::span<char> space) {
    if (failed_) {
        return {StreamStatus::failed};
    }
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), space.data(), space.size(), &count);
    if (result == 1) {
        return {StreamStatus::ready, count};
    }
    return {judge(result, "read")};
}

StreamResult TlsStream::write(std::string_view bytes) {
    if (failed_) {
        return {StreamStatus::failed};
    }
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) {
        return {StreamStatus::ready, count};
    }
    return {judge(result, "write")};
}

void TlsStream::finish_sending() {
    // After a fatal error SSL_shutdown must not be called (SSL_shutdown(3)).
    if (established_ && !failed_) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    wire_.plain().finish_sending();
}

StreamStatus TlsStream::judge(int result, std::string_view doing) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return StreamStatus::again;
        case SSL_ERROR_ZERO_RETURN:
            return StreamStatus::closed;
        default:
            break;
    }
    left_unheard_ = BIO_number_read(SSL_get_rbio(ssl_.get())) == 0 && !wire_.holds_bytes();
    cut_inside_record_ = SSL_has_pending(ssl_.get()) == 1 || wire_.holds_bytes();
    std::string reason = wire_.error();
    if (ERR_peek_error() != 0) {
        const TlsFault fault = take_tls_fault(*ssl_);
        refused_by_peer_ = fault.refused_by_peer;
        cut_inside_record_ = cut_inside_record_ && fault.cut;
        reason = fault.text;
    } else if (!wire_.has_refused()) {
        reason = cut_words(reason);
    }
    return fail("TLS " + std::string(doing) + ": " + reason);
}

StreamStatus TlsStream::fail(std::string error) {
    failed_ = true;
    error_ = std::move(error);
    return StreamStatus::failed;
}

}  // namespace gateway
