#include "gateway/flow/message/identity.h"

#include <array>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::array ways = {
    AuthenticatedBy::client_certificate, AuthenticatedBy::bearer_token,
    AuthenticatedBy::signed_link,        AuthenticatedBy::session,
    AuthenticatedBy::local_operator,     AuthenticatedBy::gateway,
};

}  // namespace

std::string_view to_string(AuthenticatedBy by) {
    switch (by) {
        case AuthenticatedBy::client_certificate:
            return "client_certificate";
        case AuthenticatedBy::bearer_token:
            return "bearer_token";
        case AuthenticatedBy::signed_link:
            return "signed_link";
        case AuthenticatedBy::session:
            return "session";
        case AuthenticatedBy::local_operator:
            return "local_operator";
        case AuthenticatedBy::gateway:
            return "gateway";
    }
    throw std::logic_error("unknown way to authenticate");
}

std::optional<AuthenticatedBy> parse_authenticated_by(std::string_view word) {
    for (const AuthenticatedBy by : ways) {
        if (to_string(by) == word) {
            return by;
        }
    }
    return std::nullopt;
}

}  // namespace gateway
