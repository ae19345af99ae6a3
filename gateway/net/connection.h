// One connection on one reactor: opens (connect, handshake), sends what is queued, and keeps the
// one absolute deadline of its present state. What it says is up to the classes derived from it.
// All on the reactor's thread. The reactor keeps it alive until it is closed; after that nothing of
// it is called but its destructor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/limits.h"
#include "gateway/net/reactor.h"
#include "gateway/net/roster.h"
#include "gateway/net/stream.h"

namespace gateway {

class Connection : public Watched, public std::enable_shared_from_this<Connection> {
public:
    Connection(Reactor& reactor, std::unique_ptr<Stream> stream);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Watches the descriptor and begins the handshake, which must end within `opening`.
    void start(std::chrono::milliseconds opening);
    void on_event() final;

    // At once; what is queued is lost. Calls on_closed() unless that has happened.
    void close();

protected:
    enum class Phase { opening, open, lingering, closed };

    virtual void on_open() = 0;
    // There may be something to read: read() until `again`, or leave it for later.
    virtual void on_readable() = 0;
    // Everything queued has been handed to the system.
    virtual void on_sent() = 0;

    // Some of it has; the rest waits for the peer.
    virtual void on_sending() {}

    virtual void on_deadline() = 0;
    // The stream failed (while opening, reading or sending); close() follows.
    virtual void on_failed(const std::string& reason) = 0;
    virtual void on_closed() = 0;

    StreamResult read(std::span<char> space);

    // Queues and begins to send. `body` may be null; a small one is joined with the head so that
    // both travel in one record.
    void send(std::string head, std::shared_ptr<const std::string> body = nullptr,
              std::string_view static_tail = {});

    // Says that no more is sent, then reads into the void for a moment, so that the peer can read
    // our last words before a reset destroys them (RFC 9112 §9.6).
    void linger();

    void deadline_in(std::chrono::nanoseconds from_now);
    void deadline_at(SteadyTime due);

    // Calls on_readable() in a later turn, for bytes that raise no event any more.
    void read_later();

    Phase phase() const { return phase_; }

    Reactor& reactor() const { return reactor_; }

    const Stream& stream() const { return *stream_; }

    bool sending() const { return next_piece_ < pieces_.size(); }

    std::uint64_t bytes_sent() const { return bytes_sent_; }

private:
    struct Piece {
        std::string own;
        std::shared_ptr<const std::string> shared;

        std::string_view view() const { return shared ? *shared : own; }
    };

    void open();
    void flush();
    void finish_output();
    void discard_input();
    void fail(const std::string& reason);
    void arm();
    void timer_fired();

    Reactor& reactor_;
    std::unique_ptr<Stream> stream_;
    Phase phase_ = Phase::opening;
    WatchId watch_ = 0;
    std::vector<Piece> pieces_;
    std::size_t next_piece_ = 0;
    std::size_t piece_offset_ = 0;
    std::uint64_t bytes_sent_ = 0;
    std::size_t read_this_turn_ = 0;
    bool reading_later_ = false;
    SteadyTime deadline_ = SteadyTime::max();
    SteadyTime timer_due_ = SteadyTime::max();
    TimerId timer_ = 0;
};

// A connection that came to nothing, for the log: "handshake", "certificate required by peer …".
struct ConnectionFault {
    std::string peer_ip;
    std::string stage;
    std::string reason;

    // The peer looked whether the port answers, and left: no fault of anybody's.
    bool is_probe() const { return stage == probe; }

    static constexpr const char* probe = "probe";
};

// A connection that a listener accepted.
class ServerConnection : public Connection {
public:
    ServerConnection(Reactor& reactor, std::unique_ptr<Stream> stream, std::string peer_ip,
                     RosterPlace place)
        : Connection(reactor, std::move(stream)),
          peer_ip_(std::move(peer_ip)),
          place_(std::move(place)) {}

    // Ends as soon as nothing is under way.
    virtual void drain() = 0;

    Reactor& home() const { return reactor(); }

    const std::string& peer_ip() const { return peer_ip_; }

    std::shared_ptr<const PeerCertificate> peer_certificate() const {
        return stream().peer_certificate();
    }

protected:
    // Where it failed, for the log.
    const char* failed_stage() const;

    // Why there is nothing more to read, for the log.
    std::string why_ended(StreamStatus status) const;

private:
    std::string peer_ip_;
    RosterPlace place_;
};

}  // namespace gateway
