#include <utility>

#include "gateway/app/bench/net/callers.h"
#include "gateway/app/bench/net/net_bench.h"
#include "gateway/net/mllp_server.h"

namespace gateway {

NetFigure measure_mllp_echo(const BenchIdentities& identities, const NetLoad& load) {
    std::atomic<std::uint64_t> served = 0;
    const IoThreads io(load.server_threads);
    const MllpServer server(
        io.reactors(),
        {.address = {"127.0.0.1", 0},
         .tls = TlsContext::server(identities.server(), ClientCertificates::required)},
        [&](const MllpMessage& message, const MllpReply& reply) {
            ++served;
            reply.send(*message.bytes);
        });
    const RawContext context = raw_context(RawRole::client, identities.client());
    const Wire wire = mllp_echo_wire(echoed_bytes);
    NetFigure figure = measure(
        load.time, load.client_threads,
        [&](Measurement& run) {
            call_on_kept(context, server.port(), wire, load.connections_each, run);
        },
        clocks_of(io.reactors()));
    const MllpCounts counts = server.counts();
    figure.expect_served(served, counts.broken_frames + counts.junk_bytes);
    return figure;
}

}  // namespace gateway
