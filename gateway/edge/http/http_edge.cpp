#include "gateway/edge/http/http_edge.h"

#include <utility>
#include <variant>

#include "gateway/base/ids.h"
#include "gateway/edge/auth/operator_pass.h"
#include "gateway/edge/auth/partner_gate.h"
#include "gateway/edge/http/failure_response.h"

namespace gateway {

namespace {

// Probes of this machine.
constexpr std::size_t ops_connections_max = 64;

HttpServerSettings server_settings(const Snapshot& snapshot, HttpEdge::Listener listener,
                                   const HttpParts& parts) {
    const Settings& settings = *snapshot.settings;
    HttpServerSettings server;
    if (listener == HttpEdge::Listener::partners) {
        const Address& address = *settings.listen.https.address;
        server.address = {address.host, address.port};
        server.tls = snapshot.credentials.https.tls;
    } else {
        server.address = {settings.listen.ops.address->host, settings.listen.ops.address->port};
    }
    server.limits.connection.handshake = settings.limits.handshake;
    server.limits.connection.connections_max = listener == HttpEdge::Listener::partners
                                                   ? settings.limits.connections_max
                                                   : ops_connections_max;
    server.limits.connection.connections_per_peer_max = settings.limits.connections_per_peer_max;
    server.limits.connection.transfer_bytes_per_second_min = settings.limits.body_rate_min;
    server.limits.head = settings.limits.head;
    server.limits.idle = settings.limits.idle;
    server.limits.body_bytes_max = settings.limits.body_bytes_max;
    server.render_refusal = [names = snapshot.engines.names](const HttpRefusal& refusal) {
        return refusal_response(refusal, names);
    };
    server.room = parts.room;
    server.on_fault = [&log = parts.log](const ConnectionFault& fault) {
        log.write(fault.is_probe() ? LogLevel::debug : LogLevel::warning, "http.connection",
                  {LogField::word("stage", fault.stage), LogField::reason(fault.reason)});
    };
    return server;
}

std::span<const Route> routes_of(HttpEdge::Listener listener) {
    return listener == HttpEdge::Listener::partners ? partner_routes() : ops_routes();
}

std::variant<Identity, GateRefusal> partner_of(const Snapshot& snapshot,
                                               const PeerCertificate* certificate) {
    return admit(*snapshot.settings, certificate, Channel::https, snapshot.credentials.https.trust);
}

// What a sender calls its request (BaRS Core 1.5.0, headers): it stands on every answer, so that
// the sender can tell that it is one to this request.
class RequestNames {
public:
    explicit RequestNames(const HttpHeaders& headers) {
        for (const std::string_view name : {"X-Request-Id", "X-Correlation-Id"}) {
            const auto value = headers.find(name);
            if (value && value->size() <= length_max && is_http_field_value(*value)) {
                names_.set(name, *value);
            }
        }
    }

    void put_on(HttpResponse& response) const {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            response.headers.set(names_[i].name, names_[i].value);
        }
    }

private:
    static constexpr std::size_t length_max = 128;

    HttpHeaders names_;
};

}  // namespace

HttpEdge::HttpEdge(const std::vector<Reactor*>& reactors, HttpParts parts, Listener listener)
    : parts_(std::move(parts)),
      listener_(listener),
      server_(std::make_unique<HttpServer>(
          reactors, server_settings(*parts_.pipeline.snapshot(), listener, parts_),
          [this](const HttpRequest& request, const HttpReply& reply) {
              on_request(request, reply);
          },
          [this](HttpRequestHead& head) { return on_head(head); })) {
}

void HttpEdge::reload(const std::shared_ptr<const Snapshot>& before,
                      const std::shared_ptr<const Snapshot>& now) {
    server_->replace_tls(now->credentials.https.tls);
    server_->close_where([before, now](const PeerCertificate& peer) {
        return !is_still_welcome(partner_of(*before, &peer), partner_of(*now, &peer));
    });
}

Identity HttpEdge::identify(const HttpRequestHead& head) const {
    if (listener_ == Listener::ops) {
        // Whoever is on this machine may look; what changes something needs the pass.
        if (head.method != "GET" && head.method != "HEAD" &&
            !shows_pass(head.headers.find("Authorization").value_or(""), parts_.operator_secret)) {
            throw Failure(Category::unauthenticated,
                          "this needs the operator's pass: use `painbridge queue` as the user who "
                          "owns the store");
        }
        return {"operator", AuthenticatedBy::local_operator, {}};
    }
    auto who = partner_of(*parts_.pipeline.snapshot(), head.peer_certificate.get());
    if (const auto* refusal = std::get_if<GateRefusal>(&who)) {
        throw Failure(*refusal == GateRefusal::no_certificate ? Category::unauthenticated
                                                              : Category::forbidden,
                      "this listener is for known partners", std::string{to_string(*refusal)});
    }
    auto identity = std::get<Identity>(std::move(who));
    if (parts_.seen != nullptr) {
        parts_.seen->saw({identity.partner, head.peer_certificate->spki_sha256,
                          head.peer_certificate->not_after});
    }
    return identity;
}

// The filters, each with its reason for standing there:
//   1. who is it     first, so that a stranger learns nothing, not even which paths exist
//   2. which route   before the body, so that nothing is read that nobody wants
// Limits and deadlines stand before both, in net.
std::optional<HttpResponse> HttpEdge::on_head(HttpRequestHead& head) const {
    std::optional<HttpResponse> refused;
    answer_failures(
        [&] {
            head.attachment = std::make_shared<const Identity>(identify(head));
            find_route(routes_of(listener_), head.method, head.target);
        },
        [&](const Failure& failure) {
            parts_.log.write_failure(
                "http.refused", failure,
                {LogField::id("spki_sha256", key_of(head.peer_certificate.get()))});
            refused = failure_response(failure, parts_.pipeline.snapshot()->engines.names);
            RequestNames(head.headers).put_on(*refused);
        });
    return refused;
}

void HttpEdge::on_request(const HttpRequest& request, const HttpReply& reply) const {
    const auto names = parts_.pipeline.snapshot()->engines.names;
    const auto respond = [reply, called = RequestNames(request.headers)](HttpResponse response) {
        called.put_on(response);
        reply.send(std::move(response));
    };
    const auto fail = [this, names, respond](const Failure& failure) {
        parts_.log.write_failure("http.failed", failure);
        respond(failure_response(failure, names));
    };
    answer_failures(
        [&] {
            const RouteMatch route =
                find_route(routes_of(listener_), request.method, request.target);
            const auto caller = std::static_pointer_cast<const Identity>(request.attachment);
            route.interaction({parts_, request, *caller, route.id, respond, fail});
        },
        fail);
}

}  // namespace gateway
