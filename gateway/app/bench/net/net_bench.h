// The three network benchmarks on this machine's loopback, with real TLS and certificates made for
// the run: HTTPS on kept connections, new mTLS connections beside a loop of OpenSSL alone, and
// MLLP/TLS. Server and callers share the process and its cores. Blocks until done; one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gateway/app/bench/net/measurement.h"
#include "gateway/net/tls_context.h"

namespace gateway {

struct NetLoad {
    MeasuredTime time = {};
    std::size_t server_threads = 1;
    std::size_t client_threads = 1;
    std::size_t connections_each = 16;  // kept ones, of each client thread
};

// Who calls for new connections at the same time, on this machine.
std::size_t new_connection_callers();

// Certificates of both sides under one throw-away authority, in a folder that must exist.
class BenchIdentities final {
public:
    explicit BenchIdentities(const std::string& folder);

    const TlsFiles& server() const { return server_; }

    const TlsFiles& client() const { return client_; }

private:
    TlsFiles server_;
    TlsFiles client_;
};

inline constexpr std::size_t posted_bytes = 6'000;
inline constexpr std::size_t echoed_bytes = 8'000;

NetFigure measure_https_post(const BenchIdentities& identities, const NetLoad& load);
NetFigure measure_mllp_echo(const BenchIdentities& identities, const NetLoad& load);

// Of gateway/net, and of blocking OpenSSL threads with the same keys and checks.
NetFigure measure_new_connections(const BenchIdentities& identities, const NetLoad& load);
NetFigure measure_raw_connections(const BenchIdentities& identities, const NetLoad& load);

}  // namespace gateway
