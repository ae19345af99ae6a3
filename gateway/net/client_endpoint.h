// Whom a client calls, and how it knows that it reached the right one. A value.
#pragma once

#include <memory>
#include <string>

#include "gateway/net/socket.h"
#include "gateway/net/tls_context.h"

namespace gateway {

enum class Opening {
    usual,           // TLS from the first byte; without a context plain, and then only to loopback
    smtp_start_tls,  // to a mail relay: plain until STARTTLS; needs a context
    plain,           // wherever it goes: a person has said that this way needs no TLS
};

struct ClientEndpoint {
    HostPort address;
    std::shared_ptr<const TlsContext> tls;  // null: plain
    std::string server_name = {};  // the name that the certificate must bear; empty: the host
    std::string host_header = {};  // HTTP only; empty: host, and the port where it is not the usual
    std::string own_name = {};     // SMTP only: how we greet
    Opening opening = Opening::usual;
};

}  // namespace gateway
