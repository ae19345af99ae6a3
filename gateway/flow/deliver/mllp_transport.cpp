#include "gateway/flow/deliver/mllp_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "gateway/flow/deliver/acknowledgement.h"

namespace gateway {

namespace {

JudgedAnswer judge(const MllpResult& result, const SentControlId& sent) {
    if (!result.reply) {
        return {.attempt = {AttemptResult::try_again,
                            fmt::format("{}: {}", to_string(*result.error), result.detail)}};
    }
    return judge_acknowledgement(*result.reply, sent);
}

}  // namespace

MllpTransport::MllpTransport(Reactor& reactor, const ClientEndpoint& endpoint,
                             std::chrono::milliseconds timeout, std::size_t connections)
    : timeout_(timeout) {
    for (std::size_t i = 0; i < connections; ++i) {
        lines_.push_back(std::make_unique<Line>(reactor, endpoint));
    }
}

// The first of the least busy: those behind it stay closed while there is little to do.
MllpTransport::Line& MllpTransport::least_busy() {
    return **std::ranges::min_element(
        lines_, {}, [](const std::unique_ptr<Line>& line) { return line->under_way; });
}

void MllpTransport::send(const Delivery& delivery, OnAttempt on_attempt) {
    Line& line = least_busy();
    ++line.under_way;
    line.client.send(
        delivery.bytes,
        [&line, sent = sent_control_id(*delivery.bytes),
         on_attempt = std::move(on_attempt)](const MllpResult& result) {
            if (result.error == TransportError::stopped) {
                return;  // this transport is going: the lease ends by itself
            }
            --line.under_way;
            const JudgedAnswer answer = judge(result, sent);
            if (answer.is_doubtful) {
                line.client.close();
            }
            on_attempt(answer.attempt);
        },
        timeout_);
}

}  // namespace gateway
