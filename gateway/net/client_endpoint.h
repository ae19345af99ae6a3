// Whom a client calls, and how it knows that it reached the right one. A value.
#pragma once

#include <memory>
#include <string>

#include "gateway/net/socket.h"
#include "gateway/net/tls_context.h"

namespace gateway {

struct ClientEndpoint {
    HostPort address;
    std::shared_ptr<const TlsContext> tls;  // null: plain, and then only to loopback
    std::string server_name = {};  // the name that the certificate must bear; empty: the host
    std::string host_header = {};  // HTTP only; empty: host, and the port where it is not the usual
};

}  // namespace gateway
