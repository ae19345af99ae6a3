// What stands behind the proxies of the framing test: a server as simple as can be, written apart
// from gateway/net, that answers each request with what it saw (http_reading.h). For well-formed
// requests only, as proxies send them: what is not, or could be read in two ways, is answered 400.
#pragma once

#include "tests/net/raw_peer.h"

namespace gateway {

// The script of a RawServer.
void record_requests(RawPeer& proxy);

}  // namespace gateway
