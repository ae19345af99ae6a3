// The near ends of the network benchmarks, as cheap as OpenSSL allows, since they share the machine
// with the server: each runs on one thread of a Measurement until that is over.
#pragma once

#include <cstdint>

#include "gateway/app/bench/net/measurement.h"
#include "gateway/app/bench/net/raw_tls.h"
#include "gateway/app/bench/net/wire.h"

namespace gateway {

// Connections that are kept; each sends its next request when it has its answer.
void call_on_kept(const RawContext& context, std::uint16_t port, const Wire& wire,
                  std::size_t connections, Measurement& run);

// A new connection for each request: connect, handshake, request, answer, close.
void call_on_new(const RawContext& context, std::uint16_t port, Wire wire, Measurement& run);

}  // namespace gateway
