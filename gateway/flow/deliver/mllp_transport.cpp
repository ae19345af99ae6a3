#include "gateway/flow/deliver/mllp_transport.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "gateway/flow/deliver/acknowledgement.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

JudgedAnswer judge(const MllpResult& result, std::string_view control_id) {
    if (!result.reply) {
        return {.attempt = {AttemptResult::try_again,
                            fmt::format("{}: {}", to_string(*result.error), result.detail)}};
    }
    return judge_acknowledgement(*result.reply, control_id);
}

}  // namespace

MllpTransport::MllpTransport(Reactor& reactor, ClientEndpoint endpoint,
                             std::chrono::milliseconds timeout)
    : timeout_(timeout), client_(reactor, std::move(endpoint)) {
}

void MllpTransport::send(const Delivery& delivery, OnAttempt on_attempt) {
    client_.send(
        delivery.bytes,
        [this, control_id = scan_head(*delivery.bytes).control_id,
         on_attempt = std::move(on_attempt)](const MllpResult& result) {
            if (result.error == TransportError::stopped) {
                return;  // this transport is going: the lease ends by itself
            }
            const JudgedAnswer answer = judge(result, control_id);
            if (answer.is_doubtful) {
                client_.close();
            }
            on_attempt(answer.attempt);
        },
        timeout_);
}

}  // namespace gateway
