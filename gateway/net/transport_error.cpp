#include "gateway/net/transport_error.h"

#include <stdexcept>

namespace gateway {

std::string_view to_string(TransportError error) {
    switch (error) {
        case TransportError::resolve:
            return "resolve";
        case TransportError::connect:
            return "connect";
        case TransportError::tls:
            return "tls";
        case TransportError::timeout:
            return "timeout";
        case TransportError::closed_before_response:
            return "closed before response";
        case TransportError::incomplete_response:
            return "incomplete response";
        case TransportError::protocol:
            return "protocol";
        case TransportError::overloaded:
            return "overloaded";
        case TransportError::stopped:
            return "stopped";
    }
    throw std::logic_error("unknown transport error");
}

}  // namespace gateway
