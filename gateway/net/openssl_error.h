// OpenSSL's error queue as one sentence. Inside net only.
#pragma once

#include <string>

namespace gateway {

// The newest entry's reason ("certificate verify failed"), or "unknown error"; empties the queue.
std::string take_openssl_error();

}  // namespace gateway
