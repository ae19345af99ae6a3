#include "gateway/net/http_client.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/dialler.h"
#include "gateway/net/http_client_connection.h"

namespace gateway {

namespace {

using Exchange = std::shared_ptr<HttpExchange>;
using Afterwards = HttpClientConnection::Afterwards;

HttpResult failed(TransportError error, std::string detail) {
    return {std::nullopt, error, std::move(detail), false};
}

std::string host_header(const ClientEndpoint& endpoint) {
    if (!endpoint.host_header.empty()) {
        return endpoint.host_header;
    }
    const auto& [host, port] = endpoint.address;
    const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
    const bool usual = port == (endpoint.tls ? 443 : 80);
    return usual ? shown : shown + ":" + std::to_string(port);
}

}  // namespace

// The connections of one endpoint and the calls that wait for one. On the reactor's thread.
class HttpClient::Pool final : public HttpClientConnection::Owner,
                               public std::enable_shared_from_this<Pool> {
public:
    Pool(Reactor& reactor, ClientEndpoint endpoint, const HttpClientLimits& limits)
        : reactor_(reactor),
          limits_(limits),
          host_(host_header(endpoint)),
          dialler_(std::make_shared<Dialler>(
              reactor, std::move(endpoint), Dialler::Timing{limits.connect, limits.address_age})) {}

    void send(HttpCall call, OnResult on_result) {
        if (stopped_) {
            return on_result(failed(TransportError::stopped, "the client was closed"));
        }
        if (waiting_.size() >= limits_.waiting_max) {
            return on_result(failed(TransportError::overloaded, "too many calls wait"));
        }
        auto exchange = std::make_shared<HttpExchange>();
        const auto time = call.deadline.value_or(limits_.total);
        exchange->call = std::move(call);
        exchange->on_result = std::move(on_result);
        exchange->timer = reactor_.after(time, [weak = weak_from_this(), exchange] {
            if (const auto self = weak.lock()) {
                self->timed_out(exchange);
            }
        });
        waiting_.push_back(std::move(exchange));
        pump();
    }

    void stop() {
        stopped_ = true;
        for (const auto& connection : std::exchange(connections_, {})) {
            connection->give_up_if_busy(TransportError::stopped, "the client was closed");
            connection->close();
        }
        while (!waiting_.empty()) {
            const Exchange exchange = take_waiting();
            finish(exchange, failed(TransportError::stopped, "the client was closed"));
        }
    }

    void opened(HttpClientConnection& connection) override {
        --opening_;
        if (stopped_) {
            return connection.close();
        }
        connections_.push_back(connection.self());
        idle_.push_back(&connection);
        pump();
    }

    void finished(HttpClientConnection& connection, Exchange exchange, HttpResult result,
                  Afterwards afterwards) override {
        if (repeat_allowed(connection, *exchange, result)) {
            exchange->repeated = true;
            exchange->connection.reset();
            close_idle();  // they are as old as this one
            waiting_.push_front(std::move(exchange));
            connection.close();
            return pump();
        }
        if (afterwards == Afterwards::reusable && !stopped_) {
            idle_.push_back(&connection);
        } else {
            connection.close();
        }
        finish(exchange, std::move(result));
        pump();
    }

    void gone(HttpClientConnection& connection) override {
        std::erase(idle_, &connection);
        std::erase_if(connections_, [&](const auto& held) { return held.get() == &connection; });
        if (!stopped_ && !waiting_.empty()) {
            pump_later();
        }
    }

private:
    // Every waiting call gets an idle connection, or one that is being opened, up to the limit.
    void pump() {
        if (stopped_) {
            return;
        }
        while (!waiting_.empty() && !idle_.empty()) {
            const auto connection = idle_.back()->self();
            idle_.pop_back();
            const Exchange exchange = take_waiting();
            try {
                connection->begin(exchange, host_);
            } catch (const Failure& failure) {
                connection->close();
                finish(exchange, failed(TransportError::protocol, failure.internal()));
            }
        }
        while (opening_ < waiting_.size() &&
               connections_.size() + opening_ < limits_.connections_max) {
            dial();
        }
    }

    void pump_later() {
        reactor_.post([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->pump();
            }
        });
    }

    void dial() {
        ++opening_;
        dialler_->dial(
            [weak = weak_from_this(), &reactor = reactor_,
             limits = limits_](std::unique_ptr<Stream> stream) {
                return std::make_shared<HttpClientConnection>(reactor, std::move(stream), weak,
                                                              limits);
            },
            [weak = weak_from_this()](TransportError error, std::string reason) {
                if (const auto self = weak.lock()) {
                    self->open_failed(error, std::move(reason));
                }
            });
    }

    void open_failed(TransportError error, std::string reason) {
        --opening_;
        if (!waiting_.empty()) {
            const Exchange exchange = take_waiting();
            finish(exchange, failed(error, std::move(reason)));
        }
        pump();
    }

    void timed_out(const Exchange& exchange) {
        exchange->timer = 0;
        if (const auto connection = exchange->connection.lock()) {
            return connection->give_up(TransportError::timeout, "no answer in time");
        }
        const auto place = std::find(waiting_.begin(), waiting_.end(), exchange);
        if (place == waiting_.end()) {
            return;
        }
        waiting_.erase(place);
        finish(exchange, failed(TransportError::timeout, "no connection in time"));
    }

    Exchange take_waiting() {
        Exchange first = std::move(waiting_.front());
        waiting_.pop_front();
        return first;
    }

    void finish(const Exchange& exchange, HttpResult result) {
        if (exchange->timer != 0) {
            reactor_.cancel(exchange->timer);
        }
        exchange->timer = 0;
        exchange->connection.reset();
        exchange->on_result(std::move(result));
    }

    // RFC 9112 §9.3.1: a server may close a kept-alive connection just as we use it again.
    static bool repeat_allowed(const HttpClientConnection& connection, const HttpExchange& exchange,
                               const HttpResult& result) {
        return result.error == TransportError::closed_before_response && connection.was_used() &&
               exchange.call.repeat == Repeat::harmless && !exchange.repeated;
    }

    void close_idle() {
        for (HttpClientConnection* connection : std::exchange(idle_, {})) {
            connection->close();
        }
    }

    Reactor& reactor_;
    HttpClientLimits limits_;
    std::string host_;
    std::shared_ptr<Dialler> dialler_;
    std::deque<Exchange> waiting_;
    std::vector<std::shared_ptr<HttpClientConnection>> connections_;
    std::vector<HttpClientConnection*> idle_;
    std::size_t opening_ = 0;
    bool stopped_ = false;
};

HttpClient::HttpClient(Reactor& reactor, ClientEndpoint endpoint, HttpClientLimits limits)
    : reactor_(reactor), pool_(std::make_shared<Pool>(reactor, std::move(endpoint), limits)) {
}

HttpClient::~HttpClient() {
    reactor_.settle([this] { pool_->stop(); });
}

void HttpClient::send(HttpCall call, OnResult on_result) {
    reactor_.post(
        [pool = pool_, call = std::move(call), on_result = std::move(on_result)]() mutable {
            pool->send(std::move(call), std::move(on_result));
        });
}

}  // namespace gateway
