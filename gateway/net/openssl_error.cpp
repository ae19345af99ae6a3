#include "gateway/net/openssl_error.h"

#include <openssl/err.h>

#include <system_error>

namespace gateway {

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) {
        return "unknown error";
    }
    // System errors carry errno instead of a reason of OpenSSL's tables.
    if (ERR_SYSTEM_ERROR(code)) {
        return std::generic_category().message(ERR_GET_REASON(code));
    }
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

}  // namespace gateway
