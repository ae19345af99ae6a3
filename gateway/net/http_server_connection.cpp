#include "gateway/net/http_server_connection.h"

#include <utility>

#include "gateway/base/act.h"
#include "gateway/net/http_writer.h"
#include "gateway/net/transfer_rate.h"

namespace gateway {

namespace {

constexpr std::size_t read_size = 16UL * 1024;

// RFC 9110 §10.2.3, with every 503 that the server itself gives.
constexpr std::string_view retry_after_seconds = "5";

HttpReaderLimits reader_limits(const HttpLimits& limits) {
    return {limits.head_bytes_max, limits.target_bytes_max, limits.header_count_max};
}

Instant wall_clock() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace

void HttpService::report(const std::string& peer_ip, const char* stage, std::string reason) const {
    if (on_fault) {
        on_fault({peer_ip, stage, std::move(reason)});
    }
}

HttpServerConnection::HttpServerConnection(Arrival arrival,
                                           std::shared_ptr<const HttpService> service)
    : ServerConnection(arrival.reactor, std::move(arrival.stream), std::move(arrival.peer_ip),
                       std::move(arrival.place)),
      service_(std::move(service)),
      reader_(reader_limits(service_->limits), service_->room) {
}

std::shared_ptr<HttpServerConnection> HttpServerConnection::self() {
    return std::static_pointer_cast<HttpServerConnection>(shared_from_this());
}

// The first request has the time of a head: a peer that says nothing holds a place.
void HttpServerConnection::on_open() {
    deadline_in(service_->limits.head);
}

void HttpServerConnection::next_request() {
    reader_ = HttpRequestReader(reader_limits(service_->limits), service_->room);
    state_ = State::idle;
    deadline_in(service_->limits.idle);
    on_readable();  // the next request may be in the buffer, or in the TLS layer
}

void HttpServerConnection::on_readable() {
    Progress progress = Progress::made;
    while (progress == Progress::made && phase() == Phase::open) {
        switch (state_) {
            case State::idle:
            case State::head:
                progress = advance_head();
                break;
            case State::body:
                progress = advance_body();
                break;
            case State::waiting:
            case State::writing:
                return;  // what the peer sends meanwhile waits in the socket
        }
    }
}

HttpServerConnection::Progress HttpServerConnection::receive() {
    const StreamResult result = read(in_.space(read_size));
    if (result.status == StreamStatus::ready) {
        in_.filled(result.bytes);
        return Progress::made;
    }
    if (result.status == StreamStatus::again) {
        in_.release_spare();
    } else {
        input_ended(result.status);
    }
    return Progress::none;
}

// Whatever was not complete never happened.
void HttpServerConnection::input_ended(StreamStatus status) {
    if (state_ != State::idle || stream().cut_inside_record()) {
        service_->report(peer_ip(), "transfer", "a request was cut: " + why_ended(status));
    }
    close();
}

HttpServerConnection::Progress HttpServerConnection::advance_head() {
    if (in_.empty() && receive() == Progress::none) {
        return Progress::none;
    }
    if (state_ == State::idle) {
        state_ = State::head;
        deadline_in(service_->limits.head);
    }
    switch (reader_.read_head(in_, service_->hosts)) {
        case ReadStep::more:
            return receive();
        case ReadStep::refused:
            refuse(reader_.refusal());
            return Progress::none;
        case ReadStep::complete:
            head_complete();
            return Progress::made;
    }
    return Progress::none;
}

void HttpServerConnection::head_complete() {
    HttpRequestHead& head = reader_.head();
    head.peer_ip = peer_ip();
    head.peer_certificate = peer_certificate();
    head.body_bytes_max = service_->limits.body_bytes_max;
    keep_alive_ = reader_.keep_alive();
    head_request_ = head.method == "HEAD";
    if (const auto response = ask_head_hook()) {
        keep_alive_ = false;
        return write(*response);
    }
    const ReadStep step = reader_.begin_body();
    if (step == ReadStep::refused) {
        return refuse(reader_.refusal());
    }
    if (step == ReadStep::complete) {
        return body_complete();
    }
    state_ = State::body;
    transfer_since_ = std::chrono::steady_clock::now();
    deadline_at(transfer_deadline(0));
    // RFC 9110 §10.1.1: not where the body is on its way already.
    if (reader_.expects_continue() && in_.empty()) {
        const Act act(ActSite::http_interim);
        send("HTTP/1.1 100 Continue\r\n\r\n");
    }
}

std::optional<HttpResponse> HttpServerConnection::ask_head_hook() {
    if (!service_->on_head) {
        return std::nullopt;
    }
    try {
        return service_->on_head(reader_.head());
    } catch (const std::exception& fault) {
        service_->report(peer_ip(), "head", fault.what());
        return HttpResponse{500};
    }
}

HttpServerConnection::Progress HttpServerConnection::advance_body() {
    switch (reader_.read_body(in_)) {
        case ReadStep::more:
            return receive_body();
        case ReadStep::refused:
            refuse(reader_.refusal());
            return Progress::none;
        case ReadStep::complete:
            body_complete();
            return Progress::made;
    }
    return Progress::none;
}

// A body of known length goes from the stream straight to its place: a letter of 3 MB is not
// copied.
HttpServerConnection::Progress HttpServerConnection::receive_body() {
    const auto space = reader_.body().space();
    Progress progress = Progress::none;
    if (space.empty()) {
        progress = receive();
    } else {
        const StreamResult result = read(space);
        if (result.status == StreamStatus::ready) {
            reader_.body().filled(result.bytes);
            progress = Progress::made;
        } else if (result.status == StreamStatus::again) {
            in_.release_spare();
        } else {
            input_ended(result.status);
        }
    }
    if (progress == Progress::made) {
        deadline_at(transfer_deadline(reader_.body().received()));
    }
    return progress;
}

void HttpServerConnection::body_complete() {
    HttpBody body = reader_.body().finish();
    if (!body) {
        return refuse(no_room_for_body);
    }
    state_ = State::waiting;
    deadline_in(service_->limits.reply);
    HttpRequest request{std::move(reader_.head()), std::move(body)};
    const HttpReply reply(reactor().mailbox(), self(), ++request_);
    try {
        service_->on_request(std::move(request), reply);
    } catch (const std::exception& fault) {
        service_->report(peer_ip(), "request", fault.what());
    }
    // `reply` goes here; where the application kept no copy and gave no answer, 500 follows.
}

void HttpServerConnection::answer(std::uint64_t request, const HttpResponse& response) {
    if (state_ != State::waiting || request != request_ || phase() != Phase::open) {
        return;
    }
    write(response);
}

void HttpServerConnection::answer_dropped(std::uint64_t request) {
    if (state_ != State::waiting || request != request_ || phase() != Phase::open) {
        return;
    }
    refuse({500, "The request was not answered."});
}

void HttpServerConnection::refuse(const HttpRefusal& refusal) {
    keep_alive_ = false;
    reader_.body().drop();
    service_->report(peer_ip(), "request",
                     std::to_string(refusal.status) + " " + std::string(refusal.reason));
    HttpResponse response;
    try {
        if (service_->render_refusal) {
            response = service_->render_refusal(refusal);
        }
    } catch (const std::exception& fault) {
        service_->report(peer_ip(), "refusal", fault.what());
    }
    if (!response.body) {
        response.headers.set("Content-Type", "text/plain; charset=utf-8");
        response.body = make_body(std::string(refusal.reason) + "\n");
    }
    response.status = refusal.status;
    if (refusal.status == 503) {
        response.headers.set("Retry-After", retry_after_seconds);
    }
    write(response);
}

void HttpServerConnection::write(const HttpResponse& response) {
    const auto wish = response.headers.find("connection");
    keep_alive_ = keep_alive_ && !draining_ && wish != "close";
    const auto after = keep_alive_ ? AfterResponse::keep_open : AfterResponse::close;
    const bool with_body = !head_request_ && status_has_body(response.status);
    const Act act(ActSite::http_answer);
    state_ = State::writing;
    transfer_since_ = std::chrono::steady_clock::now();
    sent_before_ = bytes_sent();
    deadline_at(transfer_deadline(0));
    send(response_head(response, after, wall_clock()), with_body ? response.body : nullptr);
}

void HttpServerConnection::on_sending() {
    deadline_at(transfer_deadline(bytes_sent() - sent_before_));
}

void HttpServerConnection::on_sent() {
    if (state_ != State::writing) {
        return;  // an interim response
    }
    if (keep_alive_) {
        next_request();
    } else {
        linger();
    }
}

SteadyTime HttpServerConnection::transfer_deadline(std::uint64_t bytes) const {
    return slowest_end(transfer_since_, bytes, service_->limits.connection);
}

void HttpServerConnection::on_deadline() {
    switch (state_) {
        case State::idle:
            return linger();
        case State::head:
            return refuse({408, "The head took too long."});
        case State::body:
            return refuse({408, "The body took too long."});
        case State::waiting:
            return refuse({503, "The answer took too long."});
        case State::writing:
            return close();
    }
}

void HttpServerConnection::on_failed(const std::string& reason) {
    service_->report(peer_ip(), failed_stage(), reason);
}

void HttpServerConnection::drain() {
    draining_ = true;
    const bool unused = state_ == State::idle || (state_ == State::head && in_.empty());
    if (phase() == Phase::opening) {
        return close();
    }
    if (phase() == Phase::open && unused) {
        linger();
    }
}

}  // namespace gateway
