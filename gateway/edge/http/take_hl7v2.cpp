#include <array>

#include "gateway/edge/http/exchange.h"
#include "gateway/edge/http/failure_response.h"
#include "gateway/edge/http/media.h"
#include "gateway/edge/mllp/failure_ack.h"

namespace gateway {

namespace {

constexpr std::array<std::string_view, 2> hl7v2_types{"application/hl7-v2",
                                                      "x-application/hl7-v2+er7"};

// The acknowledgement of what could not be answered from the store, in the type of the message;
// where none can be made or is wanted, the failure itself.
HttpResponse unanswered(const HttpParts& parts, const HttpBody& message, const std::string& type,
                        const Failure& failure) {
    HttpResponse response = failure_response(failure, parts.pipeline.snapshot()->engines.names);
    std::string ack = failure_ack(*message, failure, parts.ids.uuid(), parts.clock.now());
    if (!ack.empty()) {
        response.headers.set("Content-Type", type);
        response.body = make_body(std::move(ack));
    }
    return response;
}

}  // namespace

// "HL7 over HTTP" as the HAPI project speaks it
// (https://hapifhir.github.io/hapi-hl7v2/hapi-hl7overhttp/specification.html): one message, its
// acknowledgement in the response. What MLLP does is done here too.
void take_hl7v2(const Exchange& exchange) {
    need_media(exchange.request.headers, hl7v2_types);
    const HttpBody message = exchange.request.body;
    exchange.parts.pipeline.accept_hl7v2(
        {.sender = exchange.caller, .channel = "https", .bytes = message},
        [&parts = exchange.parts, message, type = media_type(exchange.request.headers),
         respond = exchange.respond](const ReplyOrFailure& answer) {
            if (!answer.reply) {
                parts.log.write_failure("http.failed", *answer.failure);
                respond(unanswered(parts, message, type, *answer.failure));
                return;
            }
            respond(ack_response(answer.reply->code, type, answer.reply->bytes));
        });
}

}  // namespace gateway
