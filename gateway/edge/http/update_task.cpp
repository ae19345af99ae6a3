#include <charconv>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/edge/http/media.h"

namespace gateway {

namespace {

// R4 http.html#concurrency: a weak ETag, W/"3". Required: two people may answer one referral.
std::uint64_t version_in(const HttpHeaders& headers) {
    const auto header = headers.find("If-Match");
    if (!header) {
        throw Failure(
            Category::precondition,
            "an update of a Task needs If-Match with the version it changes, as the ETag of "
            "its read says");
    }
    std::string_view text = trimmed(*header);
    if (text.starts_with("W/")) {
        text.remove_prefix(2);
    }
    std::uint64_t version = 0;
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') {
        throw Failure(Category::invalid, "If-Match must be a version such as W/\"3\"");
    }
    text = text.substr(1, text.size() - 2);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Failure(Category::invalid, "If-Match must be a version such as W/\"3\"");
    }
    return version;
}

}  // namespace

// R4 http.html#update with If-Match: the performer's answer to a referral.
void update_task(const Exchange& exchange) {
    need_fhir_json(exchange.request.headers);
    exchange.parts.pipeline.accept_task(
        {.sender = exchange.caller,
         .channel = "https",
         .task = std::string{exchange.id},
         .version = version_in(exchange.request.headers),
         .bytes = exchange.request.body},
        [respond = exchange.respond, fail = exchange.fail](const ReplyOrFailure& answer) {
            if (!answer.reply) {
                fail(*answer.failure);
                return;
            }
            HttpResponse response = fhir_response(200, answer.reply->bytes);
            response.headers.set("ETag", etag_of(answer.reply->version));
            respond(std::move(response));
        });
}

}  // namespace gateway
