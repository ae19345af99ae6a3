// TLS on a non-blocking socket, through OpenSSL's SSL object on the descriptor. A client stream
// carries the expected server name into the handshake itself (SSL_set1_host, RFC 6125), so that no
// byte is sent to a peer with a wrong name, however late it answers. A server stream makes the SSL
// object when the client's greeting is there: before that a connection is a descriptor and a few
// bytes. One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "gateway/net/socket.h"
#include "gateway/net/stream.h"
#include "gateway/net/tls_context.h"
#include "gateway/net/tls_wire.h"

struct ssl_st;

namespace gateway {

class TlsStream final : public Stream {
public:
    static std::unique_ptr<Stream> accepting(Socket socket, const TlsContext& context);

    // `server_name` is a DNS name (also sent as SNI) or an IP address; it must not be empty.
    static std::unique_ptr<Stream> connecting(Socket socket, const TlsContext& context,
                                              const std::string& server_name);

    StreamStatus handshake() override;

    bool connected() const override { return wire_.plain().connected(); }

    bool refused_by_peer() const override { return refused_by_peer_; }

    bool left_unheard() const override { return left_unheard_; }

    bool cut_inside_record() const override { return cut_inside_record_; }

    StreamResult read(std::span<char> space) override;
    StreamResult write(std::string_view bytes) override;
    void finish_sending() override;

    int descriptor() const override { return wire_.plain().descriptor(); }

    std::string error() const override { return error_; }

    std::shared_ptr<const PeerCertificate> peer_certificate() const override { return peer_; }

private:
    TlsStream(Socket socket, const TlsContext& context);

    bool begin();
    StreamStatus reach_peer();
    StreamStatus judge(int result, std::string_view doing);
    StreamStatus fail(std::string error);

    struct Free {
        void operator()(ssl_st* ssl) const;
    };

    TlsWire wire_;
    std::shared_ptr<const std::vector<TrustStore>> trust_;
    std::shared_ptr<ssl_ctx_st> context_;
    std::unique_ptr<ssl_st, Free> ssl_;  // null until the client's greeting is there
    std::shared_ptr<const PeerCertificate> peer_;
    std::string error_;
    bool established_ = false;
    bool refused_by_peer_ = false;
    bool left_unheard_ = false;
    bool cut_inside_record_ = false;
    bool failed_ = false;
};

}  // namespace gateway
