// The HTTP listeners: HTTPS for partners with a client certificate, plain HTTP on loopback for the
// operator. Each request passes the filters in order (filters in http_edge.cpp), then the route
// table. Who calls is settled on the head, before the body is read. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "gateway/edge/http/exchange.h"
#include "gateway/edge/http/routes.h"
#include "gateway/net/http_server.h"

namespace gateway {

class HttpEdge final {
public:
    enum class Listener { partners, ops };

    // Listens at once, as the snapshot's settings say. Everything must outlive it.
    HttpEdge(const std::vector<Reactor*>& reactors, HttpParts parts, Listener listener);

    std::uint16_t port() const { return server_->port(); }

    std::size_t connections() const { return server_->connections(); }

    // Of the partners' listener, after the pipeline has the snapshot `now`: its certificate for
    // connections from now on; those of peers that it does not know as the same partner are closed.
    void reload(const std::shared_ptr<const Snapshot>& before,
                const std::shared_ptr<const Snapshot>& now);

    void stop(std::chrono::milliseconds grace) { server_->stop(grace); }

private:
    std::optional<HttpResponse> on_head(HttpRequestHead& head) const;
    void on_request(const HttpRequest& request, const HttpReply& reply) const;
    Identity identify(const HttpRequestHead& head) const;

    HttpParts parts_;
    Listener listener_;
    std::unique_ptr<HttpServer> server_;
};

}  // namespace gateway
