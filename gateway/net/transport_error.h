// The closed list of what may become of a call instead of an answer.
#pragma once

#include <string_view>

namespace gateway {

enum class TransportError {
    resolve,                 // the name has no address
    connect,                 // refused, unreachable, or no answer in time
    tls,                     // handshake, certificate or name refused, by either side
    timeout,                 // the call's deadline
    closed_before_response,  // no byte of an answer
    incomplete_response,     // an answer that was cut
    protocol,                // bytes that are no answer, or one beyond a limit
    overloaded,              // too many calls wait in this client
    stopped,                 // the client was closed
};

std::string_view to_string(TransportError error);

}  // namespace gateway
