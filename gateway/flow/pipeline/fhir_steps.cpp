#include "gateway/flow/pipeline/fhir_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/flow/pipeline/acknowledge.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/order_key.h"
#include "gateway/flow/pipeline/placer.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/flow/pipeline/routing.h"
#include "gateway/format/fhir/message_head.h"
#include "gateway/format/fhir/primitive.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr std::string_view urn = "urn:uuid:";

Document read_bundle(const ReferralInput& input) {
    const LimitSettings& limits = input.snapshot.settings->limits;
    Document bundle = read_json(input.message.bytes, input.snapshot.engines.names,
                                {.depth_max = limits.depth_max, .nodes_max = limits.nodes_max});
    const std::size_t entries = bundle.children(bundle.root(), "entry").size();
    if (entries > limits.bundle_entries_max) {
        refuse(input.message, Category::too_large, "too-long", "Bundle.entry",
               fmt::format("the Bundle has {} entries, of which {} are taken", entries,
                           limits.bundle_entries_max));
    }
    return bundle;
}

// The warnings. Failure for anything worse.
Issues check_bundle(const ReferralInput& input, const Document& bundle) {
    const Issues found = input.snapshot.engines.validator->validate(
        bundle, bundle.root(), {.original = *input.message.bytes});
    Issues errors;
    Issues notes;
    for (const Issue& issue : found) {
        const bool is_error =
            issue.severity == Severity::error || issue.severity == Severity::fatal;
        (is_error ? errors : notes).add(issue);
    }
    if (!errors.empty()) {
        const std::string first = errors[0].text;
        throw Failure(Category::invalid,
                      errors.size() == 1
                          ? first
                          : fmt::format("{} (and {} more faults)", first, errors.size() - 1),
                      {}, std::move(errors));
    }
    return notes;
}

// FHIR goes where FHIR is taken.
std::vector<Destination> fhir_destinations(const ReferralInput& input, const Document& bundle) {
    std::vector<Destination> destinations = destinations_of(input, bundle);
    for (const Destination& destination : destinations) {
        if (input.snapshot.partner(destination.to).deliver.kind != Channel::https) {
            refuse(input.message, Category::unprocessable, "not-supported", "Bundle",
                   fmt::format("{} takes HL7 v2 alone; no map makes that of a FHIR message",
                               destination.to));
        }
    }
    return destinations;
}

// Whether `reference` stands for that resource: by its fullUrl, or as Type/id.
bool refers_to(const Document& bundle, std::string_view reference, NodeId resource) {
    const NodeId entry = bundle.parent(resource);
    return !reference.empty() && (reference == bundle.child_value(entry, "fullUrl") ||
                                  reference == fmt::format("{}/{}", bundle.resource_type(resource),
                                                           bundle.child_value(resource, "id")));
}

std::vector<NodeId> of_type(const Document& bundle, std::string_view type) {
    std::vector<NodeId> found = resources_of(bundle);
    std::erase_if(found, [&](NodeId node) { return bundle.resource_type(node) != type; });
    return found;
}

// Tasks that ask for the request: `requested`, and about it.
std::vector<NodeId> tasks_for(const Document& bundle, NodeId request) {
    std::vector<NodeId> tasks = of_type(bundle, "Task");
    std::erase_if(tasks, [&](NodeId task) {
        const NodeId focus = bundle.child(task, "focus");
        return focus == no_node || bundle.child_value(task, "status") != "requested" ||
               !refers_to(bundle, bundle.child_value(focus, "reference"), request);
    });
    return tasks;
}

void need_own_id(const ReferralInput& input, const Document& bundle, NodeId resource) {
    const std::string id = fmt::format("{}{}", urn, bundle.child_value(resource, "id"));
    if (fault_of(Primitive::uuid, id)) {
        refuse(input.message, Category::unprocessable, "value",
               fmt::format("{}.id", bundle.path(resource)),
               "the ServiceRequest and the Task of a referral need an id that nobody else's has: a "
               "UUID in lower case");
    }
}

void keep_resource(const ReferralInput& input, const Document& bundle, NodeId node,
                   CheckedFhir::Loop& loop) {
    ResourceVersion resource;
    resource.type = bundle.resource_type(node);
    resource.id = bundle.child_value(node, "id");
    resource.message = input.message.id;
    resource.bytes = std::make_shared<const std::string>(write_json(bundle, node));
    resource.at = input.message.received;
    loop.digests.push_back(sha256(*resource.bytes));
    loop.resources.push_back(std::move(resource));
}

std::optional<CheckedFhir::Loop> loop_in(const ReferralInput& input, const Document& bundle) {
    const NodeId header = resource_of_type(bundle, "MessageHeader");
    const std::vector<NodeId> requests = of_type(bundle, "ServiceRequest");
    if (requests.size() != 1 || bundle.child(header, "response") != no_node) {
        return std::nullopt;
    }
    const NodeId request = requests.front();
    const std::vector<NodeId> tasks = tasks_for(bundle, request);
    if (tasks.size() != 1) {
        return std::nullopt;
    }
    need_own_id(input, bundle, request);
    need_own_id(input, bundle, tasks.front());
    CheckedFhir::Loop loop;
    loop.facts.request = bundle.child_value(request, "id");
    loop.task = bundle.child_value(tasks.front(), "id");
    const NodeId identifier = bundle.child(request, "identifier");
    if (identifier != no_node) {
        loop.facts.placer_token =
            placer_token(input.snapshot.id_key, bundle.child_value(identifier, "system"),
                         bundle.child_value(identifier, "value"));
    }
    keep_resource(input, bundle, request, loop);
    keep_resource(input, bundle, tasks.front(), loop);
    return loop;
}

// A request that has a loop already: a change or a cancellation, which must not go past it.
void refuse_known_requests(const ReferralInput& input, const CheckedFhir& checked) {
    for (const std::string& id : checked.requests) {
        const auto open = input.store.referrals(id);
        if (!open.empty() && open.front().source == input.message.sender.partner) {
            refuse(input.message, Category::conflict, "duplicate", "ServiceRequest.id",
                   fmt::format("this referral has been received before, in message {}, and is {}; "
                               "changes and cancellations are not taken yet, and a new referral "
                               "needs a new id",
                               open.front().message, to_string(open.front().status)));
        }
    }
}

// Ids are the sender's own words: they may open what is new, never touch what is there.
void refuse_known_ids(const ReferralInput& input, const CheckedFhir::Loop& loop) {
    const auto marks = input.store.resource_marks(keys_of(loop.resources));
    for (std::size_t i = 0; i < loop.resources.size(); ++i) {
        const ResourceVersion& resource = loop.resources[i];
        if (marks[i]) {
            refuse(input.message, Category::conflict, "duplicate",
                   fmt::format("{}.id", resource.type),
                   fmt::format("this id of a {} is in use already: a new referral needs new ids",
                               resource.type));
        }
    }
}

void open_loop(UnitOfWork& unit, const ReferralInput& input, const CheckedFhir& checked) {
    const CheckedFhir::Loop& loop = *checked.loop;
    for (std::size_t i = 0; i < loop.resources.size(); ++i) {
        unit.add(PutResource{loop.resources[i], 0, loop.digests[i]});
    }
    Referral referral;
    referral.id = loop.facts.request;
    referral.task = loop.task;
    referral.placer_token = loop.facts.placer_token;
    referral.source = input.message.sender.partner;
    referral.destination = checked.destinations.front().to;
    referral.message = input.message.id;
    referral.status = TaskStatus::requested;
    referral.opened = input.message.received;
    referral.changed = input.message.received;
    unit.add(PutReferral{std::move(referral), 0});
}

Delivery delivery_of(const ReferralInput& input, const CheckedFhir& checked, std::size_t number) {
    Delivery delivery;
    delivery.id = input.delivery_ids.at(number);
    delivery.message = input.message.id;
    delivery.referral = checked.loop ? checked.loop->facts.request : std::string{};
    delivery.destination = checked.destinations[number].to;
    delivery.kind = DeliveryKind::https;
    delivery.order_key = input.message.order_key;
    delivery.title = "Bundle (message)";
    delivery.content_type = fhir_content_type;
    delivery.target = "$process-message";
    delivery.bytes = input.message.bytes;
    delivery.created = input.clock.now();
    delivery.next_attempt = delivery.created;
    return delivery;
}

void add_check_trace(UnitOfWork& unit, const RecordFor& about, const CheckedFhir& checked) {
    add_trace(unit, about, "decoded", "the message was read",
              {{"nodes", static_cast<std::int64_t>(checked.nodes)},
               {"duration_us", checked.decode.wall.count()},
               {"cpu_us", checked.decode.cpu.count()}});
    add_trace(unit, about, "validated", "against FHIR R4",
              {{"warnings", static_cast<std::int64_t>(checked.notes.size())},
               {"duration_us", checked.validate.wall.count()},
               {"cpu_us", checked.validate.cpu.count()}});
}

}  // namespace

void describe_fhir(Message& message, const Snapshot& snapshot, std::string_view idempotency) {
    const FhirMessageHead head = scan_message_head(*message.bytes);
    message.content_type = fhir_content_type;
    if (head.fault) {
        Issues issues;
        issues.add(*head.fault);
        throw Failure(Category::invalid, head.fault->text, {}, std::move(issues));
    }
    message.digest = sha256(*message.bytes);
    message.duplicate_digest = message.digest;
    message.control_id = head.bundle.empty() ? head.id : head.bundle;
    message.order_key =
        head.patient
            ? order_key_of_patient(message, snapshot,
                                   fmt::format("{}|{}", head.patient->system, head.patient->value))
            : order_key_of_sender(message);
    if (!idempotency.empty()) {
        message.duplicate_key = fmt::format("{}{}", idempotency_key, idempotency);
    } else if (!head.bundle.empty()) {
        message.duplicate_key = fmt::format("{}{}", bundle_key, head.bundle);
    } else if (!head.id.empty()) {
        message.duplicate_key = fmt::format("{}{}", header_key, head.id);
    }
}

void need_message_id(const Message& message) {
    if (message.duplicate_key.empty()) {
        refuse(
            message, Category::invalid, "required", "Bundle.id",
            "a message needs an id that is new for every message: Bundle.id, MessageHeader.id or "
            "the header Idempotency-Key");
    }
}

CheckedFhir check_fhir(const ReferralInput& input) {
    need_rules_behind_pass(input);
    CheckedFhir checked;
    const StepClock began;
    const Document bundle = read_bundle(input);
    const StepClock decoded;
    checked.notes = check_bundle(input, bundle);
    checked.nodes = bundle.node_count();
    checked.decode = elapsed(began, decoded);
    checked.validate = elapsed(decoded, {});
    checked.destinations = fhir_destinations(input, bundle);
    for (const NodeId request : of_type(bundle, "ServiceRequest")) {
        checked.requests.emplace_back(bundle.child_value(request, "id"));
    }
    checked.loop = loop_in(input, bundle);
    if (checked.loop && checked.destinations.size() > 1) {
        refuse(
            input.message, Category::unprocessable, "not-supported", "Task",
            "a referral that goes on as it came has one Task, and so one performer; the route of "
            "this one names several");
    }
    return checked;
}

PreparedWork prepare_fhir(const ReferralInput& input, const CheckedFhir& checked) {
    refuse_known_requests(input, checked);
    PreparedWork work;
    work.outcome = "queued";
    const Message message = message_in_state(input, MessageState::queued);
    const RecordFor about{message, checked.loop ? checked.loop->facts.request : std::string_view{},
                          input.clock.now()};
    put_message(work.unit, input, message);
    if (checked.loop) {
        refuse_known_ids(input, *checked.loop);
        open_loop(work.unit, input, checked);
    }
    add_acknowledgement(work, input, checked.notes);
    add_judgement(work.unit, input, about, "accepted");
    add_check_trace(work.unit, about, checked);
    for (std::size_t i = 0; i < checked.destinations.size(); ++i) {
        const Destination& destination = checked.destinations[i];
        work.destinations.push_back(destination.to);
        work.unit.add(AddDelivery{delivery_of(input, checked, i)});
        add_audit(work.unit, about, AuditAction::route, destination.to);
        add_trace(work.unit, about, "routed",
                  fmt::format("to {} as it came: {}", destination.to, destination.reason));
    }
    flag_reuse(work, input, about);
    return work;
}

}  // namespace gateway
