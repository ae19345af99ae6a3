#include "gateway/edge/http/exchange.h"

#include <fmt/format.h>

namespace gateway {

HttpResponse fhir_response(int status, std::shared_ptr<const std::string> body) {
    HttpResponse response{.status = status, .body = std::move(body)};
    response.headers.set("Content-Type", fhir_json);
    response.headers.set("Cache-Control", "no-store");
    return response;
}

std::string etag_of(std::uint64_t version) {
    return fmt::format("W/\"{}\"", version);
}

}  // namespace gateway
