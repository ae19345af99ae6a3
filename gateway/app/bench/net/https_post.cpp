#include <utility>

#include "gateway/app/bench/net/callers.h"
#include "gateway/app/bench/net/net_bench.h"
#include "gateway/net/http_server.h"

namespace gateway {

NetFigure measure_https_post(const BenchIdentities& identities, const NetLoad& load) {
    std::atomic<std::uint64_t> served = 0;
    std::atomic<std::uint64_t> broken = 0;
    const std::string filling = wire_filling(posted_bytes - wire_number_digits);
    const IoThreads io(load.server_threads);
    const HttpServer server(
        io.reactors(),
        {.address = {"127.0.0.1", 0},
         .tls = TlsContext::server(identities.server(), ClientCertificates::required)},
        [&](const HttpRequest& request, const HttpReply& reply) {
            const std::string_view body = *request.body;
            ++served;
            broken += body.substr(wire_number_digits) == filling ? 0U : 1U;
            reply.send({.status = 200,
                        .body = make_body(std::string(body.substr(0, wire_number_digits)))});
        });
    const RawContext context = raw_context(RawRole::client, identities.client());
    const Wire wire = https_post_wire(posted_bytes);
    NetFigure figure = measure(
        load.time, load.client_threads,
        [&](Measurement& run) {
            call_on_kept(context, server.port(), wire, load.connections_each, run);
        },
        clocks_of(io.reactors()));
    figure.expect_served(served, broken);
    return figure;
}

}  // namespace gateway
