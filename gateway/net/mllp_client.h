// An MLLP client for one endpoint: one message in flight, the others wait in order. After a timeout
// or any doubt the connection is closed, so that a late answer never meets the next message; that
// MSA-2 names the message sent is for the caller to check, who calls close() where it does not.
// send() and close(): any thread; callbacks run on the reactor's thread.
// Spec: HL7 v2 Transport Specification: MLLP, Release 1.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/client_endpoint.h"
#include "gateway/net/limits.h"
#include "gateway/net/reactor.h"
#include "gateway/net/transport_error.h"

namespace gateway {

struct MllpResult {
    std::shared_ptr<const std::string> reply;  // without the frame; or null and
    std::optional<TransportError> error;
    std::string detail;               // one sentence for the log, no payload
    bool message_bytes_sent = false;  // false: the peer cannot have seen any of it
};

class MllpClient final {
public:
    using OnResult = std::function<void(MllpResult)>;

    // The reactor must outlive the client.
    MllpClient(Reactor& reactor, ClientEndpoint endpoint, MllpClientLimits limits = {});

    // Messages that still wait end with TransportError::stopped.
    ~MllpClient();
    MllpClient(const MllpClient&) = delete;
    MllpClient& operator=(const MllpClient&) = delete;

    // Calls back exactly once. `bytes` without the frame; nothing: MllpClientLimits::total.
    void send(std::shared_ptr<const std::string> bytes, OnResult on_result,
              std::optional<std::chrono::milliseconds> deadline = {});

    // Ends the connection (called inside a callback: before the next message); the next message
    // opens a new one.
    void close();

private:
    class Line;
    friend class MllpClientConnection;
    Reactor& reactor_;
    std::shared_ptr<Line> line_;
    std::chrono::milliseconds total_;
};

}  // namespace gateway
