// An HTTP/1.1 server on one or more reactors: bounded, with absolute deadlines, one request at a
// time on a connection. What the seven rules refuse (http_rules.h) never reaches the application;
// neither does a body whose head was refused or whose bytes are not all there.
// The application is called on an I/O thread and answers from any thread. Everything in this class:
// any thread but the reactors'.
// Spec: RFC 9112.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/body_room.h"
#include "gateway/net/http_message.h"
#include "gateway/net/http_rules.h"
#include "gateway/net/limits.h"
#include "gateway/net/listener.h"
#include "gateway/net/tls_context.h"

namespace gateway {

class HttpServerConnection;
struct HttpService;

// Answers one request, exactly once, from any thread; later answers are ignored. Copies share the
// answer. Dropped by all holders without an answer, it sends 500.
class HttpReply final {
public:
    HttpReply(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<HttpServerConnection> connection,
              std::uint64_t request);

    void send(HttpResponse response) const;

private:
    struct Once;
    std::shared_ptr<Once> once_;
};

struct HttpServerSettings {
    HostPort address;                       // port 0: a free one
    std::shared_ptr<const TlsContext> tls;  // null: plain, and then only on loopback
    HttpLimits limits = {};
    std::vector<std::string> hosts = {};  // the Host names served, without port; empty: every one
    std::function<HttpResponse(const HttpRefusal&)> render_refusal = {};  // else text/plain
    std::function<void(const ConnectionFault&)> on_fault = {};            // for the log
    std::shared_ptr<BodyRoom> room = nullptr;  // shared with other servers; null: unbounded
};

class HttpServer final {
public:
    // Called when a head is complete and before its body is read. A returned response is sent and
    // the connection closed: the body is never read.
    using OnHead = std::function<std::optional<HttpResponse>(HttpRequestHead&)>;
    using OnRequest = std::function<void(HttpRequest, HttpReply)>;

    // Listens at once. The reactors must outlive the server.
    HttpServer(std::vector<Reactor*> reactors, const HttpServerSettings& settings,
               OnRequest on_request, OnHead on_head = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const { return listener_->address().port; }

    std::size_t connections() const { return listener_->connections(); }

    // For connections accepted from now on.
    void replace_tls(std::shared_ptr<const TlsContext> tls);

    // Closes the connections of peers that are welcome no more.
    void close_where(const std::function<bool(const PeerCertificate&)>& unwelcome);

    // Accepts no more, lets running requests finish within `grace`, closes the rest. Waits for it.
    void stop(std::chrono::milliseconds grace);

private:
    std::shared_ptr<HttpService> service_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace gateway
