// An HTTP/1.1 client for one endpoint: a small pool of kept-alive connections, a total deadline for
// each request, and an outcome with a type for everything that may go wrong. A cut response is an
// error, never a response. send() and close(): any thread; callbacks run on the reactor's thread.
// Spec: RFC 9112 (§8: incomplete messages, §9.3.1: retrying requests).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/client_endpoint.h"
#include "gateway/net/http_message.h"
#include "gateway/net/limits.h"
#include "gateway/net/reactor.h"
#include "gateway/net/transport_error.h"

namespace gateway {

// May the same request be sent twice without a second effect?
enum class Repeat { never, harmless };

struct HttpCall {
    std::string method = "GET";
    std::string target = "/";
    HttpHeaders headers = {};  // Host, Content-Length and Connection are set by the client
    HttpBody body = nullptr;
    std::optional<std::chrono::milliseconds> deadline = {};  // nothing: HttpClientLimits::total
    Repeat repeat = Repeat::never;
};

struct HttpResult {
    std::optional<HttpResponse> response;  // or
    std::optional<TransportError> error;
    std::string detail;               // one sentence for the log, no payload
    bool request_bytes_sent = false;  // false: the peer cannot have seen any of it
};

class HttpClient final {
public:
    using OnResult = std::function<void(HttpResult)>;

    // The reactor must outlive the client.
    HttpClient(Reactor& reactor, ClientEndpoint endpoint, HttpClientLimits limits = {});

    // Calls that still wait end with TransportError::stopped.
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // Calls back exactly once.
    void send(HttpCall call, OnResult on_result);

private:
    class Pool;
    friend class HttpClientConnection;
    Reactor& reactor_;
    std::shared_ptr<Pool> pool_;
};

}  // namespace gateway
