#include "gateway/flow/deliver/https_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/flow/deliver/acknowledgement.h"
#include "gateway/flow/deliver/retry_after.h"
#include "gateway/format/json/reader.h"

namespace gateway {

namespace {

// RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2: the state of the peer, not of the message.
constexpr std::array not_now{408, 425, 429, 502, 503, 504};

// Whether a 409 says that the peer has this very message already.
bool says_duplicate(const HttpResponse& response, const std::shared_ptr<const NameTable>& names) {
    if (!response.body || response.body->empty() || (*response.body)[0] != '{') {
        return false;
    }
    std::optional<Document> outcome;
    try {
        outcome = read_json(response.body, names);
    } catch (const Failure&) {
        return false;  // a peer's broken answer is an ordinary 409
    }
    for (const NodeId issue : outcome->children(outcome->root(), "issue")) {
        if (outcome->child_value(issue, "code") == "duplicate") {
            return true;
        }
    }
    return false;
}

// MSH-10 of a message in HL7 v2; nothing for any other.
std::optional<SentControlId> control_id_of(const Delivery& delivery) {
    return delivery.content_type.find("hl7-v2") == std::string::npos
               ? std::nullopt
               : std::optional(sent_control_id(*delivery.bytes));
}

Attempt judge(const HttpResult& result, const std::optional<SentControlId>& control_id,
              const std::shared_ptr<const NameTable>& names) {
    if (!result.response) {
        return {AttemptResult::try_again,
                fmt::format("{}: {}", to_string(*result.error), result.detail)};
    }
    const int status = result.response->status;
    std::string outcome = fmt::format("HTTP {}", status);
    const bool may_come_again = std::ranges::find(not_now, status) != not_now.end();
    // HL7 v2 over HTTP: whether the message was taken, the acknowledgement says. A 200 may carry an
    // AE, and some answer an AR with 400.
    const auto& body = result.response->body;
    if (control_id && body && body->starts_with("MSH") && !may_come_again) {
        Attempt attempt = judge_acknowledgement(*body, *control_id).attempt;
        attempt.outcome = fmt::format("{}, {}", outcome, attempt.outcome);
        return attempt;
    }
    if (status >= 200 && status < 300) {
        return {AttemptResult::delivered, std::move(outcome)};
    }
    if (status == 409 && says_duplicate(*result.response, names)) {
        return {AttemptResult::delivered, outcome + ", which has it already"};
    }
    if (may_come_again) {
        return {AttemptResult::try_again, std::move(outcome),
                retry_after(result.response->headers)};
    }
    return {status >= 500 ? AttemptResult::failed : AttemptResult::refused, std::move(outcome)};
}

}  // namespace

HttpsTransport::HttpsTransport(Reactor& reactor, ClientEndpoint endpoint, std::string base,
                               std::chrono::milliseconds timeout,
                               std::shared_ptr<const NameTable> names)
    : base_(std::move(base)),
      timeout_(timeout),
      names_(std::move(names)),
      client_(reactor, std::move(endpoint)) {
}

void HttpsTransport::send(const Delivery& delivery, OnAttempt on_attempt) {
    HttpCall call;
    call.method = "POST";
    // What is passed on as it came goes to the url itself.
    call.target = delivery.target.empty() && !base_.empty() ? base_ : base_ + "/" + delivery.target;
    call.headers.set("Content-Type", delivery.content_type);
    auto control_id = control_id_of(delivery);
    call.headers.set("Accept", control_id ? delivery.content_type : "application/fhir+json");
    // The same on every retry, so that the peer can tell a repeat (BaRS: byte-identical retries).
    call.headers.set("X-Request-Id", delivery.id);
    call.headers.set("X-Correlation-Id", delivery.message);
    call.body = delivery.bytes;
    call.deadline = timeout_;
    call.repeat = Repeat::harmless;
    client_.send(std::move(call), [names = names_, control_id = std::move(control_id),
                                   on_attempt = std::move(on_attempt)](const HttpResult& result) {
        on_attempt(judge(result, control_id, names));
    });
}

}  // namespace gateway
