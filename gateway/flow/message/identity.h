// Who sent a message, and how we know: the one result of every kind of authentication. Nothing
// after the edge asks how a peer proved itself; the audit keeps it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class AuthenticatedBy {
    client_certificate,
    bearer_token,
    signed_link,
    session,
    local_operator,  // the machine's own operator, on a loopback listener or the command line
    gateway,         // nobody sent it: this gateway made it
};

std::string_view to_string(AuthenticatedBy by);

std::optional<AuthenticatedBy> parse_authenticated_by(std::string_view word);

struct Identity {
    std::string partner;  // the partner's id in config/partners
    AuthenticatedBy by = AuthenticatedBy::client_certificate;
    std::string fingerprint;  // SHA-256 of the certificate, lower-case hex; empty where none

    bool operator==(const Identity&) const = default;
};

}  // namespace gateway
