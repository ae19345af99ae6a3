// A stream without TLS: ops listeners on loopback and tests. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "gateway/net/socket.h"
#include "gateway/net/stream.h"

namespace gateway {

class PlainStream final : public Stream {
public:
    explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

    StreamStatus handshake() override;

    // For a stream of another kind on the same connection; this one is over then.
    Socket take_socket() { return std::move(socket_); }

    bool connected() const override { return connected_; }

    bool refused_by_peer() const override { return false; }

    bool left_unheard() const override { return false; }

    bool cut_inside_record() const override { return false; }

    StreamResult read(std::span<char> space) override;
    StreamResult write(std::string_view bytes) override;

    void finish_sending() override { socket_.finish_sending(); }

    int descriptor() const override { return socket_.descriptor(); }

    std::string error() const override { return error_; }

    std::shared_ptr<const PeerCertificate> peer_certificate() const override { return nullptr; }

private:
    StreamResult failed(std::string_view doing);

    Socket socket_;
    std::string error_;
    bool connected_ = false;
};

}  // namespace gateway
