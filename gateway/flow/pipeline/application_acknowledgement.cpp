#include "gateway/flow/pipeline/application_acknowledgement.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/pass_steps.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

// Its MSH-10 is its id here.
Message message_with(const ReferralInput& input, const std::string& id, std::string bytes) {
    Message message;
    message.id = id;
    message.channel = "gateway";
    message.sender = {"gateway", AuthenticatedBy::gateway, {}};
    message.order_key = input.message.order_key;
    message.content_type = hl7v2_content_type;
    message.control_id = id;
    message.bytes = std::make_shared<const std::string>(std::move(bytes));
    message.digest = sha256(*message.bytes);
    message.duplicate_digest = message.digest;
    message.received = input.clock.now();
    message.state = MessageState::queued;
    message.settings_hash = input.snapshot.hash;
    return message;
}

}  // namespace

void add_application_acknowledgement(PreparedWork& work, const ReferralInput& input,
                                     AckCode outcome, const Issues& issues,
                                     std::string_view err_3) {
    if (!input.demand.is_accept_first() || !is_wanted(input.demand.application, outcome)) {
        return;
    }
    const RecordFor original{input.message, {}, input.clock.now()};
    const std::string_view code = to_string(outcome);
    const Partner& sender = input.snapshot.partner(input.message.sender.partner);
    if (!sender.deliver.enabled) {
        work.warning = fmt::format(
            "its sender asks for an application acknowledgement (MSH-16), and has no destination "
            "for the {}: give {} a [deliver] in its file, or have it send MSH-16 NE",
            code, sender.id);
        add_trace(work.unit, original, "not_acknowledged", work.warning);
        return;
    }
    const std::string id = input.delivery_ids.of_acknowledgement();
    const Message message = message_with(input, id,
                                         build_ack(scan_head(*input.message.bytes),
                                                   {.code = outcome,
                                                    .control_id = id,
                                                    .now = original.at,
                                                    .err_3 = err_3,
                                                    .accept_ack = "AL",
                                                    .application_ack = "NE"},
                                                   issues));
    const RecordFor about{message, {}, original.at};
    work.unit.add(AddMessage{message});
    work.unit.add(AddDelivery{delivery_of(message, sender, id, original.at)});
    work.destinations.push_back(sender.id);
    add_audit(work.unit, about, AuditAction::route, sender.id, to_hex(message.digest));
    add_trace(work.unit, about, "routed",
              fmt::format("to {}: {} for message {}", sender.id, code, input.message.id));
    add_trace(work.unit, original, "acknowledged",
              fmt::format("{} for the sender's application, as message {}", code, id));
}

}  // namespace gateway
