// The transport seam inside net: a non-blocking byte stream over one socket, plain or TLS. Never
// blocks and never throws once made; one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/peer_certificate.h"

namespace gateway {

enum class StreamStatus {
    ready,   // bytes moved, or the handshake is done
    again,   // nothing moves until the descriptor reports an event
    closed,  // the peer ended the stream in the way of the protocol
    failed,  // cut, reset, refused certificate, …: see error()
};

struct StreamResult {
    StreamStatus status = StreamStatus::again;
    std::size_t bytes = 0;
};

class Stream {
public:
    virtual ~Stream() = default;

    // To be called until `ready`, before any read or write. A connecting socket connects first.
    virtual StreamStatus handshake() = 0;

    // False while (or after which) the TCP connection could not be made.
    virtual bool connected() const = 0;

    // The peer said in TLS that it does not want us (RFC 8446 §6): with TLS 1.3 a client learns so
    // only after its handshake is done.
    virtual bool refused_by_peer() const = 0;

    // After `failed`: the peer went before it had said a byte. Load balancers look so whether a
    // port answers.
    virtual bool left_unheard() const = 0;

    // After `failed`: it ended in the middle of a TLS record, of which nothing was handed on.
    virtual bool cut_inside_record() const = 0;

    // Must be called until `again`: bytes inside the TLS layer raise no event.
    virtual StreamResult read(std::span<char> space) = 0;
    virtual StreamResult write(std::string_view bytes) = 0;

    // Says to the peer that nothing more will be sent.
    virtual void finish_sending() = 0;

    virtual int descriptor() const = 0;

    // One sentence about the last `failed`, without any byte of the stream.
    virtual std::string error() const = 0;

    // Null on a plain stream and where the peer offered none.
    virtual std::shared_ptr<const PeerCertificate> peer_certificate() const = 0;
};

}  // namespace gateway
