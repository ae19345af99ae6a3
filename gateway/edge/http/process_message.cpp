#include <algorithm>
#include <charconv>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/edge/http/exchange.h"
#include "gateway/edge/http/media.h"

namespace gateway {

namespace {

// draft-ietf-httpapi-idempotency-key-header §2: a string, here with or without its quotes.
std::string idempotency_key_in(const HttpHeaders& headers) {
    constexpr std::size_t length_max = 255;
    const auto header = headers.find("Idempotency-Key");
    if (!header) {
        return {};
    }
    std::string_view key = trimmed(*header);
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
        key = key.substr(1, key.size() - 2);
    }
    const bool is_plain = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
    if (key.empty() || key.size() > length_max || !is_plain) {
        throw Failure(Category::invalid,
                      "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID");
    }
    return std::string{key};
}

// RFC 7240 §4.1.
bool prefers_early_answer(const HttpHeaders& headers) {
    const auto is_wish = [](std::string_view preference) {
        return equal_ignoring_case(trimmed(preference.substr(0, preference.find(';'))),
                                   "respond-async");
    };
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (equal_ignoring_case(headers[i].name, "Prefer") &&
            std::ranges::any_of(split(headers[i].value, ','), is_wish)) {
            return true;
        }
    }
    return false;
}

// The operation's `async` and `response-url` would have the answer sent to an address that stands
// in the request: nothing is ever called that the settings do not name.
void refuse_parameters(std::string_view target) {
    if (target.find('?') != std::string_view::npos) {
        throw Failure(Category::invalid,
                      "this operation takes no parameters: for an early answer send Prefer: "
                      "respond-async");
    }
}

int status_in(const std::string& code) {
    int status = 0;
    std::from_chars(code.data(), code.data() + code.size(), status);
    return status;
}

}  // namespace

// R4 messageheader-operation-process-message.html.
void process_message(const Exchange& exchange) {
    const HttpHeaders& headers = exchange.request.headers;
    need_fhir_json(headers);
    need_reader_of_fhir_json(headers);
    refuse_parameters(exchange.request.target);
    const bool is_early = prefers_early_answer(headers);
    exchange.parts.pipeline.accept_fhir(
        {.sender = exchange.caller,
         .channel = "https",
         .bytes = exchange.request.body,
         .idempotency = idempotency_key_in(headers),
         .is_answered_early = is_early},
        [respond = exchange.respond, fail = exchange.fail, is_early](const ReplyOrFailure& answer) {
            if (!answer.reply) {
                fail(*answer.failure);
                return;
            }
            HttpResponse response =
                fhir_response(status_in(answer.reply->code), answer.reply->bytes);
            if (response.status == accepted_status) {
                response.headers.set("Content-Location", message_status_path + answer.reply->about);
                if (is_early) {
                    response.headers.set("Preference-Applied", "respond-async");
                }
            }
            respond(std::move(response));
        });
}

}  // namespace gateway
