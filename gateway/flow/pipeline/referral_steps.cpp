#include "gateway/flow/pipeline/referral_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/flow/pipeline/acknowledge.h"
#include "gateway/flow/pipeline/constants.h"
#include "gateway/flow/pipeline/convert.h"
#include "gateway/flow/pipeline/fhir_steps.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/order_key.h"
#include "gateway/flow/pipeline/performers.h"
#include "gateway/flow/pipeline/placer.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/flow/pipeline/routing.h"
#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/hl7v2/head.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

// Where MSH-7 stands in the bytes: behind the fifth separator after MSH-2.
std::pair<std::size_t, std::size_t> time_of_message(std::string_view bytes, char separator) {
    const std::size_t start = bytes.find("MSH");
    const std::size_t end = std::min(bytes.find_first_of("\r\n", start), bytes.size());
    std::size_t at = start == std::string_view::npos ? end : start + 4;
    for (int field = 2; field < 7 && at < end; ++field) {
        at = std::min(bytes.find(separator, at), end);
        at += at < end ? 1 : 0;
    }
    return {at, std::min(bytes.find(separator, at), end)};
}

// A control id that was reset must never swallow a referral, so MSH-7 (the time of sending) is the
// only field that two copies of one message may differ in.
Sha256 digest_without_time(std::string_view bytes, const MessageHead& head) {
    const auto [begin, end] = time_of_message(bytes, head.separators.field);
    return sha256({bytes.substr(0, begin), bytes.substr(end)});
}

ReferralFacts facts_of(const Document& bundle, std::string_view key) {
    const NodeId request = resource_of_type(bundle, "ServiceRequest");
    const NodeId task = resource_of_type(bundle, "Task");
    if (request == no_node || task == no_node) {
        throw Failure(Category::unprocessable,
                      "the message holds no referral: its map made no ServiceRequest and Task");
    }
    ReferralFacts facts{.request = std::string{bundle.child_value(request, "id")},
                        .placer_token = {}};
    const NodeId identifier = bundle.child(request, "identifier");
    if (identifier != no_node) {
        facts.placer_token = placer_token(key, bundle.child_value(identifier, "system"),
                                          bundle.child_value(identifier, "value"));
    }
    return facts;
}

// The same placer number under another control id: a change of the referral (REF^I13), which must
// not open a second loop.
void refuse_second_opening(const StoreReads& store, const Message& message,
                           const ReferralFacts& facts) {
    const auto open = store.referrals(facts.request);
    if (open.empty()) {
        return;
    }
    refuse(
        message, Category::conflict, "duplicate", "RF1-6",
        fmt::format("this referral (RF1-6) has been received before, in message {}, and is {}; a "
                    "new referral needs a new number",
                    open.front().message, to_string(open.front().status)));
}

// R4 messageheader-definitions.html#MessageHeader.destination: known only once the routes have
// spoken.
void name_destination(Document& bundle, const Partner& partner) {
    const NodeId header = resource_of_type(bundle, "MessageHeader");
    if (header == no_node || bundle.child(header, "destination") != no_node) {
        return;
    }
    const NodeId destination = bundle.append(header, "destination");
    bundle.set_repeats(destination, true);
    put_text(bundle, destination, "name", partner.name);
    put_text(bundle, destination, "endpoint", partner.deliver.url);
}

// Of a performer's Bundle, what none before it held.
void render_resources(const ReferralInput& input, const Document& bundle,
                      ConvertedReferral& converted) {
    const auto is_there = [&](const ResourceVersion& wanted) {
        return std::ranges::any_of(converted.resources, [&](const ResourceVersion& resource) {
            return resource.type == wanted.type && resource.id == wanted.id;
        });
    };
    for (const NodeId node : resources_of(bundle)) {
        ResourceVersion resource;
        resource.type = bundle.resource_type(node);
        resource.id = bundle.child_value(node, "id");
        // MessageHeader is an envelope, not a record.
        if (resource.type == "MessageHeader" || is_there(resource)) {
            continue;
        }
        resource.message = input.message.id;
        resource.map_hash = input.snapshot.engines.maps->digest(converted.conversion->map_url);
        resource.bytes = std::make_shared<const std::string>(write_json(bundle, node));
        resource.at = input.message.received;
        converted.digests.push_back(sha256(*resource.bytes));
        converted.resources.push_back(std::move(resource));
    }
}

// What is there already, byte for byte, is not written again.
void add_resources(UnitOfWork& unit, const ReferralInput& input,
                   const ConvertedReferral& converted) {
    const auto marks = input.store.resource_marks(keys_of(converted.resources));
    for (std::size_t i = 0; i < converted.resources.size(); ++i) {
        const ResourceVersion& resource = converted.resources[i];
        const auto& latest = marks[i];
        if (!latest || latest->digest != converted.digests[i]) {
            unit.add(PutResource{resource, latest ? latest->version : 0, converted.digests[i]});
        }
    }
}

std::int64_t count_of(const Issues& issues, Severity severity) {
    std::int64_t count = 0;
    for (const Issue& issue : issues) {
        count += issue.severity == severity ? 1 : 0;
    }
    return count;
}

void add_conversion_trace(UnitOfWork& unit, const RecordFor& about, const Conversion& conversion) {
    const auto& times = conversion.times;
    add_trace(unit, about, "decoded", "the message was read",
              {{"nodes", static_cast<std::int64_t>(conversion.source.node_count())},
               {"duration_us", times.decode.wall.count()},
               {"cpu_us", times.decode.cpu.count()}});
    const auto counts = conversion.result.ledgers.at(0).counts(conversion.source);
    add_trace(
        unit, about, "mapped", fmt::format("by {}", conversion.map_url),
        {{"resources", static_cast<std::int64_t>(resources_of(conversion.result.target).size())},
         {"fields_mapped", static_cast<std::int64_t>(counts.mapped)},
         {"fields_carried", static_cast<std::int64_t>(counts.carried)},
         {"fields_dropped", static_cast<std::int64_t>(counts.dropped)},
         {"fields_unused", static_cast<std::int64_t>(counts.unused)},
         {"duration_us", times.map.wall.count()},
         {"cpu_us", times.map.cpu.count()}});
    add_trace(unit, about, "validated", "against FHIR R4",
              {{"warnings", count_of(conversion.issues, Severity::warning)},
               {"duration_us", times.validate.wall.count()},
               {"cpu_us", times.validate.cpu.count()}});
}

ConversionContext conversion_context(const ReferralInput& input, const Partner& sender) {
    ConversionContext context;
    context.now = input.message.received;
    context.id_key = input.snapshot.id_key;
    context.time_zone = sender.time_zone;
    context.constants = constants_for(*input.snapshot.settings, sender, input.message);
    return context;
}

void add_performer(const ReferralInput& input, const Destination& destination, Document& bundle,
                   ConvertedReferral& converted) {
    name_destination(bundle, input.snapshot.partner(destination.to));
    converted.performers.push_back(
        {.destination = destination,
         .task = std::string{bundle.child_value(resource_of_type(bundle, "Task"), "id")},
         .bundle = std::make_shared<const std::string>(write_json(bundle))});
    render_resources(input, bundle, converted);
}

void add_performers(const ReferralInput& input, Document& bundle, ConvertedReferral& converted) {
    const std::vector<Destination> destinations = destinations_of(input, bundle);
    // Copied before the first is named in it.
    std::vector<Document> copies;
    for (const Destination& destination : std::span(destinations).subspan(1)) {
        copies.push_back(
            bundle_for(bundle, input.snapshot.partner(destination.to), input.snapshot.id_key));
    }
    add_performer(input, destinations.front(), bundle, converted);
    for (std::size_t i = 0; i < copies.size(); ++i) {
        add_performer(input, destinations[i + 1], copies[i], converted);
    }
}

Delivery delivery_of(const ReferralInput& input, const ConvertedReferral& converted,
                     const Performer& performer, std::string id) {
    Delivery delivery;
    delivery.id = std::move(id);
    delivery.message = input.message.id;
    delivery.referral = converted.facts.request;
    delivery.destination = performer.destination.to;
    delivery.kind = DeliveryKind::https;
    delivery.order_key = input.message.order_key;
    delivery.title = "Bundle (message)";
    delivery.content_type = fhir_content_type;
    delivery.target = "$process-message";
    delivery.bytes = performer.bundle;
    delivery.created = input.clock.now();
    delivery.next_attempt = delivery.created;
    return delivery;
}

Referral loop_of(const ReferralInput& input, const ConvertedReferral& converted,
                 const Performer& performer) {
    Referral referral;
    referral.id = converted.facts.request;
    referral.task = performer.task;
    referral.placer_token = converted.facts.placer_token;
    referral.source = input.message.sender.partner;
    referral.destination = performer.destination.to;
    referral.message = input.message.id;
    referral.status = TaskStatus::requested;
    referral.opened = input.message.received;
    referral.changed = input.message.received;
    return referral;
}

void refuse_faults(const Conversion& conversion) {
    if (!conversion.issues.has_errors()) {
        return;
    }
    Issues errors;
    for (const Issue& issue : conversion.issues) {
        if (issue.severity == Severity::error || issue.severity == Severity::fatal) {
            errors.add(issue);
        }
    }
    const std::string first = errors[0].text;
    throw Failure(Category::invalid,
                  errors.size() == 1
                      ? first
                      : fmt::format("{} (and {} more faults)", first, errors.size() - 1),
                  {}, std::move(errors));
}

// An NHS number is one in whatever words its assigner stands; any other number is one within its
// assigner.
std::string identifier_of(const HeadIdentifier& patient) {
    return patient.is_nhs_number()
               ? "NHS|" + patient.nhs_digits
               : fmt::format("{}|{}|{}", patient.assigner, patient.assigner_id, patient.value);
}

}  // namespace

AckDemand describe_message(Message& message, const Snapshot& snapshot) {
    const std::string& bytes = *message.bytes;
    const MessageHead head = scan_head(bytes);
    if (head.fault) {
        Issues issues;
        issues.add(*head.fault);
        throw Failure(Category::invalid, head.fault->text, {}, std::move(issues));
    }
    message.content_type = hl7v2_content_type;
    message.digest = sha256(bytes);
    message.control_id = head.control_id;
    message.duplicate_digest = digest_without_time(bytes, head);
    message.order_key = head.patient
                            ? order_key_of_patient(message, snapshot, identifier_of(*head.patient))
                            : order_key_of_sender(message);
    if (message.control_id.empty()) {
        return ack_demand(head);  // such a message is refused, and holds no key
    }
    message.duplicate_key =
        fmt::format("{}|{}|{}^{}|{}", head.sending_application, head.sending_facility, head.type,
                    head.event, head.control_id);
    return ack_demand(head);
}

void need_control_id(const Message& message) {
    if (is_fhir(message)) {
        need_message_id(message);
    } else if (message.control_id.empty()) {
        refuse(message, Category::not_acceptable, "required", "MSH-10",
               "MSH-10 (message control id) is empty: it must hold an id that is new for every "
               "message");
    }
}

ConvertedReferral convert_referral(const ReferralInput& input) {
    const Snapshot& snapshot = input.snapshot;
    const Partner& sender = snapshot.partner(input.message.sender.partner);
    need_rules_behind_pass(input);
    auto conversion =
        convert_hl7v2(snapshot.engines, input.message.bytes, conversion_context(input, sender));
    refuse_faults(*conversion);
    ConvertedReferral converted;
    converted.facts = facts_of(conversion->result.target, snapshot.id_key);
    Document& bundle = conversion->result.target;
    converted.conversion = std::move(conversion);
    add_performers(input, bundle, converted);
    return converted;
}

PreparedWork prepare_referral(const ReferralInput& input, const ConvertedReferral& converted) {
    const ReferralFacts& facts = converted.facts;
    refuse_second_opening(input.store, input.message, facts);

    PreparedWork work;
    work.outcome = "queued";
    const Message message = message_in_state(input, MessageState::queued);
    const RecordFor about{message, facts.request, input.clock.now()};
    put_message(work.unit, input, message);
    add_resources(work.unit, input, converted);
    add_acknowledgement(work, input, converted.conversion->issues);
    add_judgement(work.unit, input, about, "accepted");
    add_conversion_trace(work.unit, about, *converted.conversion);
    for (std::size_t i = 0; i < converted.performers.size(); ++i) {
        const Performer& performer = converted.performers[i];
        const Destination& destination = performer.destination;
        work.destinations.push_back(destination.to);
        work.unit.add(PutReferral{loop_of(input, converted, performer), 0});
        work.unit.add(
            AddDelivery{delivery_of(input, converted, performer, input.delivery_ids.at(i))});
        add_audit(work.unit, about, AuditAction::route, destination.to);
        add_trace(work.unit, about, "routed",
                  fmt::format("to {}: {}", destination.to, destination.reason));
    }
    flag_reuse(work, input, about);
    return work;
}

PreparedWork prepare_refusal(const ReferralInput& input, const Failure& failure) {
    PreparedWork work;
    work.outcome = "refused";
    Message message = message_in_state(input, MessageState::error);
    message.reason = failure.external();
    const RecordFor about{message, {}, input.clock.now()};
    const Issues issues = issues_of(failure);
    // Of a conflict the key belongs to the earlier message, which must stay findable by it.
    put_message(work.unit, input, message,
                failure.category() == Category::conflict ? KeyRule::none : KeyRule::as_judged);
    add_refusal(work, input, failure);
    add_judgement(work.unit, input, about, "refused");
    add_issues_trace(work.unit, about, "refused", issues);
    flag_reuse(work, input, about);
    return work;
}

}  // namespace gateway
