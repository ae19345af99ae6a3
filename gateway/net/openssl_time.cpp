#include "gateway/net/openssl_time.h"

#include <openssl/asn1.h>

#include <ctime>

namespace gateway {

Instant to_instant(const ASN1_TIME& time) {
    std::tm parts = {};
    if (ASN1_TIME_to_tm(&time, &parts) != 1) {
        return {};
    }
    return Instant(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace gateway
