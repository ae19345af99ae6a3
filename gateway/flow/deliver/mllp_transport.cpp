#include "gateway/flow/deliver/mllp_transport.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "gateway/base/text.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

struct Acknowledgement {
    std::string code;        // MSA-1
    std::string control_id;  // MSA-2
};

// The first MSA of an answer; empty where there is none.
Acknowledgement acknowledgement_in(std::string_view reply) {
    const MessageHead head = scan_head(reply);
    if (head.fault) {
        return {};
    }
    const std::string start = std::string{"MSA"} + head.separators.field;
    for (std::size_t at = 0; at < reply.size();) {
        const std::size_t end = std::min(reply.find_first_of("\r\n", at), reply.size());
        const std::string_view segment = reply.substr(at, end - at);
        if (segment.starts_with(start)) {
            const auto fields = split(segment, head.separators.field);
            return {std::string{fields.size() > 1 ? fields[1] : ""},
                    std::string{fields.size() > 2 ? fields[2] : ""}};
        }
        at = end + 1;
    }
    return {};
}

Attempt judge(const MllpResult& result, const std::string& control_id, bool& is_doubtful) {
    if (!result.reply) {
        return {AttemptResult::try_again,
                fmt::format("{}: {}", to_string(*result.error), result.detail)};
    }
    const Acknowledgement answer = acknowledgement_in(*result.reply);
    if (answer.code.empty()) {
        is_doubtful = true;
        return {AttemptResult::failed, "the answer is no acknowledgement (no MSA)"};
    }
    if (answer.control_id != control_id) {
        is_doubtful = true;
        return {AttemptResult::try_again, "the answer is about another message (MSA-2)"};
    }
    const std::string outcome = "MSA-1 " + answer.code;
    if (answer.code == "AA" || answer.code == "CA") {
        return {AttemptResult::delivered, outcome};
    }
    if (answer.code == "AR" || answer.code == "CR") {
        return {AttemptResult::refused, outcome};
    }
    return {AttemptResult::failed, outcome};
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
            bool is_doubtful = false;
            const Attempt attempt = judge(result, control_id, is_doubtful);
            if (is_doubtful) {
                client_.close();
            }
            on_attempt(attempt);
        },
        timeout_);
}

}  // namespace gateway
