#include <algorithm>
#include <utility>

#include "gateway/app/bench/net/callers.h"
#include "gateway/app/bench/net/net_bench.h"
#include "gateway/base/failure.h"
#include "gateway/net/http_server.h"

namespace gateway {

namespace {

// Of both servers: so many that no core ever waits for the other side of a handshake.
constexpr std::size_t callers_per_core = 4;
constexpr std::size_t callers_max = 64;  // below a listener's limit for one peer

std::size_t cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

// The number that the request line asks for: "GET /<number> HTTP/1.1".
std::string_view number_in(std::string_view target) {
    return target.substr(target.find('/') + 1, wire_number_digits);
}

NetFigure measure_connections(const BenchIdentities& identities, const MeasuredTime& time,
                              std::uint16_t port, std::vector<ThreadClock> server) {
    const RawContext context = raw_context(RawRole::client, identities.client());
    return measure(
        time, new_connection_callers(),
        [&](Measurement& run) { call_on_new(context, port, https_get_wire(), run); },
        std::move(server));
}

// One thread of the raw loop: the least that a server can do for one request a connection.
class RawServerLoop {
public:
    RawServerLoop(const RawListener& listener, RawContext context)
        : listener_(listener), context_(std::move(context)) {}

    void run() {
        block_broken_pipe_signals();
        for (int descriptor = listener_.accept(); descriptor >= 0;
             descriptor = listener_.accept()) {
            try {
                serve(RawTls::accepting(context_, descriptor));
            } catch (const Failure&) {
                ++broken_;
            }
        }
    }

    std::uint64_t served() const { return served_; }

    std::uint64_t broken() const { return broken_; }

private:
    void serve(RawTls connection) {
        const std::size_t size = connection.read(space_);
        const std::string_view request(space_.data(), size);
        if (!request.ends_with("\r\n\r\n")) {
            ++broken_;
            return;
        }
        ++served_;
        connection.write(
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 16\r\n\r\n" +
            std::string(number_in(request)));
        connection.read(space_);  // the client's farewell
    }

    const RawListener& listener_;
    RawContext context_;
    std::vector<char> space_ = std::vector<char>(16UL * 1024);
    std::uint64_t served_ = 0;
    std::uint64_t broken_ = 0;
};

// The loop on threads of its own, until it is destroyed.
class RawServer {
public:
    RawServer(const RawContext& context, std::size_t threads)
        : loops_(threads, RawServerLoop(listener_, context)) {
        for (RawServerLoop& loop : loops_) {
            threads_.emplace_back([&loop] { loop.run(); });
        }
    }

    ~RawServer() { stop(); }

    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    void stop() {
        listener_.stop();
        threads_.clear();
    }

    std::uint16_t port() const { return listener_.port(); }

    std::vector<ThreadClock> clocks() { return clocks_of(threads_); }

    // Both once it is stopped.
    std::uint64_t served() const { return sum(&RawServerLoop::served); }

    std::uint64_t broken() const { return sum(&RawServerLoop::broken); }

private:
    std::uint64_t sum(std::uint64_t (RawServerLoop::*count)() const) const {
        std::uint64_t all = 0;
        for (const RawServerLoop& loop : loops_) {
            all += (loop.*count)();
        }
        return all;
    }

    RawListener listener_;
    std::vector<RawServerLoop> loops_;
    std::vector<std::jthread> threads_;
};

}  // namespace

std::size_t new_connection_callers() {
    return std::min(callers_per_core * cores(), callers_max);
}

NetFigure measure_new_connections(const BenchIdentities& identities, const NetLoad& load) {
    std::atomic<std::uint64_t> served = 0;
    // Each handshake is work for a core, so all of them serve.
    const IoThreads io(cores());
    const HttpServer server(
        io.reactors(),
        {.address = {"127.0.0.1", 0},
         .tls = TlsContext::server(identities.server(), ClientCertificates::required)},
        [&](const HttpRequest& request, const HttpReply& reply) {
            ++served;
            reply.send({.status = 200, .body = make_body(std::string(number_in(request.target)))});
        });
    NetFigure figure =
        measure_connections(identities, load.time, server.port(), clocks_of(io.reactors()));
    figure.expect_served(served, 0);
    return figure;
}

NetFigure measure_raw_connections(const BenchIdentities& identities, const NetLoad& load) {
    RawServer server(raw_context(RawRole::server, identities.server()), new_connection_callers());
    NetFigure figure = measure_connections(identities, load.time, server.port(), server.clocks());
    server.stop();
    figure.expect_served(server.served(), server.broken());
    return figure;
}

}  // namespace gateway
