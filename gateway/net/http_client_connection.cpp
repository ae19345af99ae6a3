#include "gateway/net/http_client_connection.h"

#include <utility>

#include "gateway/base/act.h"
#include "gateway/net/http_writer.h"

namespace gateway {

namespace {

constexpr std::size_t read_size = 16UL * 1024;

}  // namespace

HttpClientConnection::HttpClientConnection(Reactor& reactor, std::unique_ptr<Stream> stream,
                                           std::weak_ptr<Owner> owner,
                                           const HttpClientLimits& limits)
    : ClientConnection(reactor, std::move(stream)), owner_(std::move(owner)), limits_(limits) {
}

std::shared_ptr<HttpClientConnection> HttpClientConnection::self() {
    return std::static_pointer_cast<HttpClientConnection>(shared_from_this());
}

void HttpClientConnection::on_open() {
    deadline_in(limits_.idle);
    if (const auto owner = owner_.lock()) {
        return owner->opened(*this);
    }
    close();
}

void HttpClientConnection::begin(std::shared_ptr<HttpExchange> exchange, const std::string& host) {
    const Act act(ActSite::http_call);
    exchange_ = std::move(exchange);
    exchange_->connection = self();
    ++exchanges_;
    received_ = false;
    sent_before_ = bytes_sent();
    deadline_at(SteadyTime::max());  // the exchange has its own
    const HttpCall& call = exchange_->call;
    reader_.emplace(HttpReaderLimits{limits_.head_bytes_max, 0, limits_.header_count_max},
                    call.method == "HEAD" ? Asked::head_only : Asked::with_body,
                    limits_.body_bytes_max);
    const bool bodyless = !call.body && (call.method == "GET" || call.method == "HEAD");
    const std::size_t size = call.body ? call.body->size() : 0;
    send(request_head(call.method, call.target, host, call.headers,
                      bodyless ? std::nullopt : std::optional(size)),
         call.body);
}

void HttpClientConnection::on_readable() {
    while (phase() == Phase::open) {
        if (exchange_) {
            switch (reader_->read(in_)) {
                case ReadStep::complete:
                    complete();
                    continue;
                case ReadStep::refused:
                    return give_up(TransportError::protocol,
                                   std::string(reader_->refusal().reason));
                case ReadStep::more:
                    break;
            }
        }
        if (!receive()) {
            return;
        }
    }
}

bool HttpClientConnection::receive() {
    const StreamResult result = receive_bytes();
    if (result.status == StreamStatus::again) {
        in_.release_spare();
        return false;
    }
    if (result.status != StreamStatus::ready) {
        stream_ended(result.status);
        return false;
    }
    if (exchange_) {
        received_ = true;
        return true;
    }
    close();  // an answer to nothing: whatever follows could be taken for the next one
    return false;
}

// A body of known length goes straight to its place.
StreamResult HttpClientConnection::receive_bytes() {
    const auto space = exchange_ ? reader_->body().space() : std::span<char>();
    if (space.empty()) {
        const StreamResult result = read(in_.space(read_size));
        in_.filled(result.bytes);
        return result;
    }
    const StreamResult result = read(space);
    reader_->body().filled(result.bytes);
    return result;
}

void HttpClientConnection::stream_ended(StreamStatus status) {
    if (!exchange_) {
        return close();
    }
    const bool clean = status == StreamStatus::closed;
    if (clean && reader_->end_of_stream() == ReadStep::complete) {
        return complete();
    }
    give_up(cut_error(), clean ? "closed by the peer" : stream().error());
}

TransportError HttpClientConnection::cut_error() const {
    if (stream().refused_by_peer()) {
        return TransportError::tls;
    }
    return received_ || stream().cut_inside_record() ? TransportError::incomplete_response
                                                     : TransportError::closed_before_response;
}

void HttpClientConnection::complete() {
    const bool ends_with_stream = reader_->body().framing() == HttpBodyBytes::Framing::until_end;
    const bool reusable = reader_->keep_alive() && !ends_with_stream && in_.empty() && !sending();
    HttpResult result;
    result.response = reader_->take_response();
    result.request_bytes_sent = true;
    end(std::move(result), reusable ? Afterwards::reusable : Afterwards::closing);
}

void HttpClientConnection::give_up(TransportError error, std::string detail) {
    HttpResult result;
    result.error = error;
    result.detail = std::move(detail);
    result.request_bytes_sent = request_bytes_sent();
    end(std::move(result), Afterwards::closing);
}

void HttpClientConnection::give_up_if_busy(TransportError error, std::string detail) {
    if (exchange_) {
        give_up(error, std::move(detail));
    }
}

void HttpClientConnection::end(HttpResult result, Afterwards afterwards) {
    const auto alive = self();
    const auto owner = owner_.lock();
    deadline_in(limits_.idle);
    if (owner) {
        owner->finished(*this, std::exchange(exchange_, nullptr), std::move(result), afterwards);
    } else {
        close();
    }
}

void HttpClientConnection::on_broken(const std::string& reason) {
    if (exchange_) {
        give_up(cut_error(), reason);
    }
}

void HttpClientConnection::on_closed() {
    if (const auto owner = owner_.lock()) {
        owner->gone(*this);
    }
}

}  // namespace gateway
