#include <fmt/format.h>

#include "gateway/base/failure.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/edge/http/failure_response.h"
#include "gateway/format/fhir/operation_outcome.h"

namespace gateway {

namespace {

HttpResponse outcome_response(const Exchange& exchange, int status, Severity severity,
                              std::string text) {
    Issues issues;
    issues.add({.severity = severity,
                .code = severity == Severity::information ? "informational" : "processing",
                .path = {},
                .text = std::move(text)});
    return fhir_response(status, make_body(operation_outcome_json(
                                     issues, exchange.parts.pipeline.snapshot()->engines.names)));
}

}  // namespace

// What became of a message that was answered at the commit point, for its sender alone (the polling
// of R4 async.html): 202 while it is being processed.
void read_message_status(const Exchange& exchange) {
    const auto message = exchange.parts.store.message(exchange.id);
    if (!message || message->sender.partner != exchange.caller.partner) {
        throw Failure(Category::not_found, "there is no such message of this partner");
    }
    switch (message->state) {
        case MessageState::received: {
            HttpResponse response = outcome_response(exchange, accepted_status,
                                                     Severity::information, "being processed");
            response.headers.set("Retry-After", "5");
            exchange.respond(std::move(response));
            return;
        }
        case MessageState::error:
            throw Failure(Category::unprocessable, message->reason);
        case MessageState::quarantined:
            exchange.respond(outcome_response(
                exchange, 200, Severity::warning,
                fmt::format("cannot go on by itself, and a person was told: {}", message->reason)));
            return;
        case MessageState::filtered:
        case MessageState::transformed:
        case MessageState::queued:
        case MessageState::sent:
            exchange.respond(outcome_response(exchange, 200, Severity::information,
                                              fmt::format("{}", to_string(message->state))));
            return;
    }
}

}  // namespace gateway
