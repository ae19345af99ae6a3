// An MLLP server (Minimal Lower Layer Protocol) on one or more reactors: one message at a time on a
// connection, answered from any thread. An unfinished frame never reaches the application.
// Any thread but the reactors'.
// Spec: HL7 v2 Transport Specification: MLLP, Release 1.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/body_room.h"
#include "gateway/net/limits.h"
#include "gateway/net/listener.h"
#include "gateway/net/tls_context.h"

namespace gateway {

class MllpServerConnection;
struct MllpService;

struct MllpMessage {
    std::shared_ptr<const std::string> bytes;  // without the frame
    std::string peer_ip;
    std::shared_ptr<const PeerCertificate> peer_certificate;  // null: none was offered
};

// Answers one message, exactly once, from any thread; later answers are ignored. Copies share it.
// Dropped by all holders without an answer, it closes the connection: the sender knows that nothing
// was accepted.
class MllpReply final {
public:
    MllpReply(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<MllpServerConnection> connection,
              std::uint64_t message);

    // `bytes` without the frame.
    void send(std::string bytes) const;
    // Nothing is said, and the next message is read: the sender asked for no answer.
    void go_on() const;
    void close() const;

private:
    struct Once;
    std::shared_ptr<Once> once_;
};

// What was skipped on the way, over all connections.
struct MllpCounts {
    std::uint64_t messages = 0;
    std::uint64_t junk_bytes = 0;      // outside frames
    std::uint64_t broken_frames = 0;   // a start byte inside a frame, an empty frame
    std::uint64_t refused_frames = 0;  // beyond the size limit
};

struct MllpServerSettings {
    HostPort address;
    std::shared_ptr<const TlsContext> tls;  // null: plain, and then only on loopback
    MllpLimits limits = {};
    std::function<void(const ConnectionFault&)> on_fault = {};
    std::shared_ptr<BodyRoom> room = nullptr;  // shared with other servers; null: unbounded
};

enum class Admission { welcome, refused };

class MllpServer final {
public:
    using OnMessage = std::function<void(MllpMessage, MllpReply)>;
    // Asked once a connection is up, before a byte of a message is read; `bytes` is null then.
    using OnOpen = std::function<Admission(const MllpMessage& peer)>;

    // Listens at once. The reactors must outlive the server.
    MllpServer(std::vector<Reactor*> reactors, const MllpServerSettings& settings,
               OnMessage on_message, OnOpen on_open = {});
    ~MllpServer();
    MllpServer(const MllpServer&) = delete;
    MllpServer& operator=(const MllpServer&) = delete;

    std::uint16_t port() const { return listener_->address().port; }

    std::size_t connections() const { return listener_->connections(); }

    MllpCounts counts() const;

    void replace_tls(std::shared_ptr<const TlsContext> tls);
    void close_where(const std::function<bool(const PeerCertificate&)>& unwelcome);
    void stop(std::chrono::milliseconds grace);

private:
    std::shared_ptr<MllpService> service_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace gateway
