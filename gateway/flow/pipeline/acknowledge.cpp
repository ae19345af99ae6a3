#include "gateway/flow/pipeline/acknowledge.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/flow/pipeline/records.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

void add_acknowledgement(PreparedWork& work, const ReferralInput& input, const AckWords& words,
                         const Issues& issues) {
    const Message& message = input.message;
    work.reply = std::make_shared<const std::string>(build_ack(scan_head(*message.bytes),
                                                               {.code = words.code,
                                                                .control_id = message.id,
                                                                .now = message.received,
                                                                .err_3 = words.err_3},
                                                               issues));
    Answer answer;
    answer.message = message.id;
    answer.content_type = hl7v2_content_type;
    answer.code = words.msa_1;
    answer.bytes = work.reply;
    answer.at = message.received;
    work.unit.add(AddAnswer{std::move(answer)});
}

AddMessage added(const ReferralInput& input, Message message) {
    message.duplicate_key = input.earlier.key;
    return {std::move(message),
            input.earlier.replaces.empty() ? OnDuplicate::fail : OnDuplicate::replace,
            input.earlier.replaces};
}

void flag_reuse(PreparedWork& work, const ReferralInput& input, const RecordFor& about) {
    if (input.earlier.reused.empty()) {
        return;
    }
    const std::string text =
        fmt::format("its control id (MSH-10) was used before, for message {} with other content",
                    input.earlier.reused);
    add_audit(work.unit, about, AuditAction::accept, "control_id_reused");
    add_trace(work.unit, about, "flagged", text);
    work.concern = Concern{ConcernKind::control_id_reused, input.message.sender.partner,
                           input.message.id, text};
}

void add_arrival(PreparedWork& work, const Message& message, std::string_view referral,
                 std::string_view stage) {
    add_trace(work.unit, {message, referral, message.received}, stage,
              fmt::format("from {} by {}", message.sender.partner, message.channel),
              {{"bytes", static_cast<std::int64_t>(message.bytes->size())}});
}

}  // namespace gateway
