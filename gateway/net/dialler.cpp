#include "gateway/net/dialler.h"

#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/plain_stream.h"
#include "gateway/net/smtp_start_tls.h"
#include "gateway/net/tls_stream.h"

namespace gateway {

void ClientConnection::open(std::chrono::milliseconds within, OnOpenFailed on_open_failed) {
    on_open_failed_ = std::move(on_open_failed);
    start(within);
}

void ClientConnection::on_failed(const std::string& reason) {
    if (phase() != Phase::opening) {
        return on_broken(reason);
    }
    const auto error = stream().connected() ? TransportError::tls : TransportError::connect;
    reactor().post([told = std::move(on_open_failed_), error, reason] { told(error, reason); });
}

Dialler::Dialler(Reactor& reactor, ClientEndpoint endpoint, Timing timing)
    : reactor_(reactor),
      endpoint_(std::move(endpoint)),
      timing_(timing),
      resolver_(std::make_shared<Resolver>(reactor.mailbox(), endpoint_.address.host,
                                           timing.address_age)) {
    if (endpoint_.server_name.empty()) {
        endpoint_.server_name = endpoint_.address.host;
    }
}

void Dialler::dial(Make make, OnOpenFailed on_failed) {
    auto attempt = std::make_shared<Attempt>();
    attempt->make = std::move(make);
    attempt->on_failed = std::move(on_failed);
    resolver_->look_up([self = shared_from_this(), attempt](const auto& ips) {
        attempt->ips = ips;
        self->try_next(attempt);
    });
}

void Dialler::try_next(const std::shared_ptr<Attempt>& attempt) {
    if (attempt->next == attempt->ips.size()) {
        reactor_.post([attempt, host = endpoint_.address.host] {
            attempt->on_failed(TransportError::resolve, "no address for " + host);
        });
        return;
    }
    const std::string& ip = attempt->ips[attempt->next++];
    const auto failed = [self = shared_from_this(), attempt](TransportError error,
                                                             const std::string& reason) {
        self->attempt_failed(attempt, error, reason);
    };
    try {
        attempt->make(make_stream(ip))->open(timing_.connect, failed);
    } catch (const Failure& failure) {
        const auto error = failure.category() == Category::unavailable ? TransportError::connect
                                                                       : TransportError::tls;
        reactor_.post([failed, error, reason = failure.internal()] { failed(error, reason); });
    }
}

// Another address may answer; another certificate for the same name is not looked for.
void Dialler::attempt_failed(const std::shared_ptr<Attempt>& attempt, TransportError error,
                             const std::string& reason) {
    resolver_->forget();
    const bool more = attempt->next < attempt->ips.size();
    if (error == TransportError::connect && more) {
        return try_next(attempt);
    }
    attempt->on_failed(error, reason);
}

std::unique_ptr<Stream> Dialler::make_stream(const std::string& ip) const {
    if (!endpoint_.tls && endpoint_.opening != Opening::plain && !is_loopback(ip)) {
        throw Failure(Category::invalid, "cannot connect",
                      "plain connections go to loopback only; give " + endpoint_.address.host +
                          " a TLS context");
    }
    Socket socket = Socket::connecting({ip, endpoint_.address.port});
    if (!endpoint_.tls) {
        return std::make_unique<PlainStream>(std::move(socket));
    }
    if (endpoint_.opening == Opening::smtp_start_tls) {
        return std::make_unique<SmtpStartTls>(std::move(socket), endpoint_.tls, endpoint_.own_name,
                                              endpoint_.server_name);
    }
    return TlsStream::connecting(std::move(socket), *endpoint_.tls, endpoint_.server_name);
}

}  // namespace gateway
