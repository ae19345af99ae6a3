#include "gateway/flow/pipeline/pass_steps.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/care/route/pass.h"
#include "gateway/flow/pipeline/acknowledge.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

Delivery delivery_of(const ReferralInput& input, const Partner& destination, std::string id) {
    const MessageHead head = scan_head(*input.message.bytes);
    Delivery delivery;
    delivery.id = std::move(id);
    delivery.message = input.message.id;
    delivery.destination = destination.id;
    delivery.kind =
        destination.deliver.kind == Channel::mllp ? DeliveryKind::mllp : DeliveryKind::https;
    delivery.order_key = input.message.order_key;
    delivery.title = fmt::format("{}^{}", head.type, head.event);
    delivery.content_type = input.message.content_type;
    delivery.bytes = input.message.bytes;
    delivery.created = input.clock.now();
    delivery.next_attempt = delivery.created;
    return delivery;
}

}  // namespace

const RouteRule* rule_that_passes(const ReferralInput& input) {
    const Partner& sender = input.snapshot.partner(input.message.sender.partner);
    if (sender.routes.empty() || !sender.routes.front().pass) {
        return nullptr;  // those that pass on stand first
    }
    const MessageHead head = scan_head(*input.message.bytes);
    return rule_that_passes(sender.routes,
                            HeadFacts{.type = head.type,
                                      .event = head.event,
                                      .sending_application = head.sending_application,
                                      .sending_facility = head.sending_facility,
                                      .receiving_application = head.receiving_application,
                                      .receiving_facility = head.receiving_facility,
                                      .channel = input.message.channel});
}

PreparedWork prepare_pass(const ReferralInput& input, const RouteRule& rule) {
    PreparedWork work;
    work.outcome = "passed";
    work.destinations = rule.to;
    const Message message = message_in_state(input, MessageState::queued);
    const RecordFor about{message, {}, input.clock.now()};
    put_message(work.unit, input, message);
    add_judgement(work.unit, input, about, "accepted");
    for (std::size_t i = 0; i < rule.to.size(); ++i) {
        const Partner& destination = input.snapshot.partner(rule.to[i]);
        work.unit.add(AddDelivery{delivery_of(input, destination, input.delivery_ids.at(i))});
        add_audit(work.unit, about, AuditAction::route, destination.id);
        add_trace(work.unit, about, "routed",
                  fmt::format("to {} as it came: {}", destination.id, rule.reason));
    }
    add_acknowledgement(work, input, AckCode::aa, {});
    flag_reuse(work, input, about);
    return work;
}

}  // namespace gateway
