#include "gateway/flow/alarm/webhook_sink.h"

#include <fmt/format.h>

#include <utility>

namespace gateway {

namespace {

std::optional<std::string> fault_of(const HttpResult& result) {
    if (!result.response) {
        return fmt::format("{}: {}", to_string(*result.error), result.detail);
    }
    const int status = result.response->status;
    if (status >= 200 && status < 300) {
        return std::nullopt;
    }
    return fmt::format("HTTP {}", status);
}

}  // namespace

WebhookSink::WebhookSink(Reactor& reactor, Target target, std::chrono::milliseconds timeout)
    : path_(std::move(target.path)),
      token_(std::move(target.token)),
      timeout_(timeout),
      client_(reactor, std::move(target.endpoint),
              {.connect = timeout, .connections_max = 1, .body_bytes_max = 64UL * 1024}) {
}

void WebhookSink::send(const Notice& notice, OnSent on_sent) {
    HttpCall call;
    call.method = "POST";
    call.target = path_;
    call.headers.set("Content-Type", "application/json");
    call.headers.set("Idempotency-Key", notice.key());
    if (!token_.empty()) {
        call.headers.set("Authorization", "Bearer " + token_);
    }
    call.body = make_body(notice_json(notice));
    call.deadline = timeout_;
    call.repeat = Repeat::harmless;
    client_.send(std::move(call), [on_sent = std::move(on_sent)](const HttpResult& result) {
        on_sent(fault_of(result));
    });
}

}  // namespace gateway
