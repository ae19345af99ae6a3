#include "gateway/flow/pipeline/placer.h"

#include <fmt/format.h>

#include "gateway/base/digest.h"

namespace gateway {

std::string placer_token(std::string_view id_key, std::string_view system, std::string_view value) {
    return to_hex(
        hmac_sha256(id_key, fmt::format("placer:{}:{}|{}", system.size(), system, value)));
}

}  // namespace gateway
