#include "gateway/flow/pipeline/pass_steps.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/care/route/pass.h"
#include "gateway/flow/pipeline/acknowledge.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/fhir/message_head.h"
#include "gateway/format/hl7v2/head.h"

namespace gateway {

namespace {

// What is passed on as it came goes to the url itself, but a FHIR message to its operation.
void name_target(const Message& message, Delivery& delivery) {
    if (is_fhir(message)) {
        delivery.title = "Bundle (message)";
        delivery.target = "$process-message";
        return;
    }
    const MessageHead head = scan_head(*message.bytes);
    delivery.title = shown_type(head);
}

}  // namespace

Delivery delivery_of(const Message& message, const Partner& destination, std::string id,
                     Instant now) {
    Delivery delivery;
    delivery.id = std::move(id);
    delivery.message = message.id;
    delivery.destination = destination.id;
    delivery.kind =
        destination.deliver.kind == Channel::mllp ? DeliveryKind::mllp : DeliveryKind::https;
    delivery.order_key = message.order_key;
    name_target(message, delivery);
    delivery.content_type = message.content_type;
    delivery.bytes = message.bytes;
    delivery.created = now;
    delivery.next_attempt = now;
    return delivery;
}

const RouteRule* rule_that_passes(const ReferralInput& input) {
    const Partner& sender = input.snapshot.partner(input.message.sender.partner);
    if (sender.routes.empty() || !sender.routes.front().pass) {
        return nullptr;  // those that pass on stand first
    }
    const Message& message = input.message;
    if (is_fhir(message)) {
        const FhirMessageHead head = scan_message_head(*message.bytes);
        return rule_that_passes(sender.routes, FhirHeadFacts{.system = head.event_system,
                                                             .event = head.event,
                                                             .source = head.source,
                                                             .destinations = head.destinations,
                                                             .sender = head.sender,
                                                             .channel = message.channel});
    }
    const MessageHead head = scan_head(*message.bytes);
    return rule_that_passes(sender.routes,
                            HeadFacts{.type = head.type,
                                      .event = head.event,
                                      .sending_application = head.sending_application,
                                      .sending_facility = head.sending_facility,
                                      .receiving_application = head.receiving_application,
                                      .receiving_facility = head.receiving_facility,
                                      .channel = message.channel});
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
        work.unit.add(AddDelivery{
            delivery_of(input.message, destination, input.delivery_ids.at(i), about.at)});
        add_audit(work.unit, about, AuditAction::route, destination.id);
        add_trace(work.unit, about, "routed",
                  fmt::format("to {} as it came: {}", destination.id, rule.reason));
    }
    add_acknowledgement(work, input, {});
    flag_reuse(work, input, about);
    return work;
}

}  // namespace gateway
