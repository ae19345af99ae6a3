// The wire under OpenSSL: hands on what the peer has sent in whole records, and a client's greeting
// only when it is there and has a sane size. OpenSSL takes its large buffers when it is given the
// first byte of something: so a peer that stalls in the middle holds what it has sent and no more.
// Where records come whole, nothing is copied. One thread at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/net/byte_buffer.h"
#include "gateway/net/plain_stream.h"

struct bio_st;
struct ssl_st;

namespace gateway {

class TlsWire final {
public:
    explicit TlsWire(Socket socket) : plain_(std::move(socket)) {}

    TlsWire(const TlsWire&) = delete;
    TlsWire& operator=(const TlsWire&) = delete;
    ~TlsWire() = default;

    PlainStream& plain() { return plain_; }

    const PlainStream& plain() const { return plain_; }

    // For a server, before there is an SSL object: `ready` once the whole greeting is there.
    StreamStatus await_greeting();

    // Becomes the transport of `ssl`, which this must outlive. False where OpenSSL has no memory.
    bool carry(ssl_st& ssl);

    // The handshake is done: no greeting can come any more.
    void opened() { expects_greeting_ = false; }

    StreamResult read(std::span<char> space);
    StreamResult write(std::string_view bytes);

    bool ended() const { return ended_; }

    // The peer has sent something that is not complete.
    bool holds_bytes() const { return !held_.empty(); }

    // It was we who refused what came.
    bool has_refused() const { return !fault_.empty(); }

    // Why a `failed` was.
    std::string error() const { return fault_.empty() ? plain_.error() : std::string(fault_); }

private:
    std::size_t passable(std::string_view bytes);
    bool stands_a_greeting(std::string_view bytes) const;
    StreamStatus fail(std::string_view fault);
    StreamResult hand_out(std::span<char> space);
    void keep(std::string_view bytes);

    PlainStream plain_;
    ssl_st* ssl_ = nullptr;
    ByteBuffer held_;           // what OpenSSL has not been given yet
    std::size_t passable_ = 0;  // so much of it may go on
    bool expects_greeting_ = false;
    bool is_foreign_ = false;  // no TLS: OpenSSL says so
    bool ended_ = false;
    std::string_view fault_;
};

}  // namespace gateway
