#include "gateway/app/bench/sink.h"

#include "gateway/app/bench/load.h"
#include "gateway/app/twin/endpoint.h"

namespace gateway {

namespace {

// The first number in the body, as the load wrote it.
std::string number_in(const std::string& body) {
    const std::size_t at = body.find(bench_mark);
    return at == std::string::npos ? "" : body.substr(at, bench_mark.size() + bench_digits);
}

}  // namespace

BenchSink::BenchSink(Reactor& reactor, const ListenSettings& listen) {
    HttpServerSettings settings;
    settings.address = {listen.address->host, listen.address->port};
    settings.tls = server_tls(listen);
    server_ =
        std::make_unique<HttpServer>(std::vector<Reactor*>{&reactor}, std::move(settings),
                                     [this](const HttpRequest& request, const HttpReply& reply) {
                                         take(request);
                                         reply.send({.status = 200});
                                     });
}

void BenchSink::take(const HttpRequest& request) {
    const auto now = std::chrono::steady_clock::now();
    const std::string number = number_in(*request.body);
    const std::lock_guard lock(mutex_);
    ++arrivals_.requests;
    arrivals_.bytes += request.body->size();
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
