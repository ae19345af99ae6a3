#include "gateway/app/bench/sink.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/app/bench/load.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

// The first number in the body, as the load wrote it.
std::string number_in(const std::string& body) {
    const std::size_t at = body.find(bench_mark);
    return at == std::string::npos ? "" : body.substr(at, bench_mark.size() + bench_digits);
}

std::string acknowledgement_of(const std::string& message) {
    return fmt::format("MSH|^~\\&|SINK|||||20260101||ACK|1|P|2.5\rMSA|AA|{}\r",
                       scan_head(message).control_id);
}

}  // namespace

std::unique_ptr<MllpServer> open_mllp_sink(Reactor& reactor, const ListenSettings& listen,
                                           std::function<void(const std::string& bytes)> take) {
    return std::make_unique<MllpServer>(
        std::vector<Reactor*>{&reactor},
        MllpServerSettings{.address = {listen.address->host, listen.address->port},
                           .tls = server_tls(listen)},
        [take = std::move(take)](const MllpMessage& message, const MllpReply& reply) {
            take(*message.bytes);
            reply.send(acknowledgement_of(*message.bytes));
        });
}

std::unique_ptr<HttpServer> open_https_sink(Reactor& reactor, const ListenSettings& listen,
                                            std::function<void(const std::string& bytes)> take) {
    HttpServerSettings settings;
    settings.address = {listen.address->host, listen.address->port};
    settings.tls = server_tls(listen);
    return std::make_unique<HttpServer>(
        std::vector<Reactor*>{&reactor}, std::move(settings),
        [take = std::move(take)](const HttpRequest& request, const HttpReply& reply) {
            take(*request.body);
            reply.send({.status = 200});
        });
}

BenchSink::BenchSink(Reactor& reactor, const ListenSettings& listen, Channel kind) {
    if (kind == Channel::mllp) {
        mllp_ = open_mllp_sink(reactor, listen, [this](const std::string& bytes) { take(bytes); });
        return;
    }
    https_ = open_https_sink(reactor, listen, [this](const std::string& bytes) { take(bytes); });
}

void BenchSink::take(const std::string& bytes) {
    const auto now = std::chrono::steady_clock::now();
    const std::string number = number_in(bytes);
    const std::lock_guard lock(mutex_);
    ++arrivals_.requests;
    arrivals_.bytes += bytes.size();
    if (!number.empty()) {
        first_.try_emplace(number, now);
    }
    arrivals_.distinct = first_.size();
}

BenchSink::Arrivals BenchSink::arrivals() const {
    const std::lock_guard lock(mutex_);
    return arrivals_;
}

std::unordered_map<std::string, std::chrono::steady_clock::time_point> BenchSink::times() const {
    const std::lock_guard lock(mutex_);
    return first_;
}

}  // namespace gateway
