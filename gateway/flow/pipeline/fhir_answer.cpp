#include "gateway/flow/pipeline/fhir_answer.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "gateway/flow/pipeline/convert.h"
#include "gateway/flow/pipeline/fhir_view.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/format/fhir/message_head.h"
#include "gateway/format/fhir/operation_outcome.h"
#include "gateway/format/fhir/primitive.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr std::string_view urn = "urn:uuid:";

Answer answer_of(std::string code, std::string bytes) {
    Answer answer;
    answer.content_type = fhir_content_type;
    answer.code = std::move(code);
    answer.bytes = std::make_shared<const std::string>(std::move(bytes));
    return answer;
}

bool is_id(std::string_view text) {
    return !text.empty() && !fault_of(Primitive::id, text);
}

// What MessageHeader.response names; where the sender has given its message no such id, ours.
std::string answered_id(const FhirMessageHead& head, const Partner& sender,
                        std::string_view own_id) {
    const bool by_bundle = sender.duplicates.same == SameDuplicate::bars;
    for (const std::string& id :
         {by_bundle ? head.bundle : head.id, by_bundle ? head.id : head.bundle}) {
        if (is_id(id)) {
            return id;
        }
    }
    return std::string{own_id};
}

NodeId put_repeated(Document& document, NodeId parent, std::string_view name) {
    const NodeId node = document.append(parent, name);
    document.set_repeats(node, true);
    return node;
}

// A new entry; the node of its resource.
NodeId put_entry(Document& bundle, const std::string& id) {
    const NodeId entry = put_repeated(bundle, bundle.root(), "entry");
    put_text(bundle, entry, "fullUrl", fmt::format("{}{}", urn, id));
    return bundle.append(entry, "resource");
}

struct Frame {
    const Snapshot& snapshot;
    const Partner& to;
    const FhirMessageHead& about;  // the message that this one answers
    std::string_view about_id;     // how it is named
    std::string_view step;         // makes the ids
    Instant at{};
};

void put_event(Document& bundle, NodeId header, const FhirMessageHead& head) {
    if (head.is_event_uri) {
        put_text(bundle, header, "eventUri", head.event);
        return;
    }
    const NodeId event = bundle.append(header, "eventCoding");
    if (!head.event_system.empty()) {
        put_text(bundle, event, "system", head.event_system);
    }
    put_text(bundle, event, "code", head.event);
}

// The Bundle with its MessageHeader, which is returned.
NodeId put_header(Document& bundle, const Frame& frame) {
    const std::array<std::string_view, 1> parts{frame.step};
    const auto id_of = [&](std::string_view role) {
        return stable_id(frame.snapshot.id_key, role, parts);
    };
    const NodeId root = bundle.root();
    put_text(bundle, root, "resourceType", "Bundle");
    put_text(bundle, root, "id", id_of("answer-bundle"));
    put_text(bundle, root, "type", "message");
    put_text(bundle, root, "timestamp", to_fhir_instant(frame.at));
    const std::string id = id_of("answer-header");
    const NodeId header = put_entry(bundle, id);
    put_text(bundle, header, "resourceType", "MessageHeader");
    put_text(bundle, header, "id", id);
    put_event(bundle, header, frame.about);
    if (!frame.about.source.empty()) {
        const NodeId destination = put_repeated(bundle, header, "destination");
        put_text(bundle, destination, "name", frame.to.name);
        put_text(bundle, destination, "endpoint", frame.about.source);
    }
    const NodeId source = bundle.append(header, "source");
    const GatewaySettings& gateway = frame.snapshot.settings->gateway;
    put_text(bundle, source, "name", gateway.name);
    put_text(bundle, source, "endpoint", gateway.base);
    return header;
}

void put_response(Document& bundle, NodeId header, const Frame& frame,
                  const std::string& details = {}) {
    const NodeId response = bundle.append(header, "response");
    put_text(bundle, response, "identifier", frame.about_id);
    put_text(bundle, response, "code", "ok");
    if (!details.empty()) {
        put_text(bundle, bundle.append(response, "details"), "reference",
                 fmt::format("{}{}", urn, details));
    }
}

// What the sender can ask by later.
Issues receipt_of(const Message& message, const Issues& notes) {
    Issues issues;
    issues.add({.severity = Severity::information,
                .code = "informational",
                .path = {},
                .text = fmt::format("received as message {}", message.id)});
    issues.append(notes);
    return issues;
}

}  // namespace

Answer answer_to_fhir(const ReferralInput& input, const Issues& notes) {
    const auto& names = input.snapshot.engines.names;
    const Document outcome = operation_outcome(receipt_of(input.message, notes), names);
    if (input.is_acknowledged) {
        return answer_of("202", write_json(outcome));
    }
    const Partner& sender = input.snapshot.partner(input.message.sender.partner);
    const FhirMessageHead head = scan_message_head(*input.message.bytes);
    const std::string answered = answered_id(head, sender, input.message.id);
    const Frame frame{input.snapshot, sender,           head,
                      answered,       input.message.id, input.message.received};
    Document bundle(names);
    const NodeId header = put_header(bundle, frame);
    const std::array<std::string_view, 1> parts{input.message.id};
    const std::string outcome_id = stable_id(input.snapshot.id_key, "answer-outcome", parts);
    put_response(bundle, header, frame, outcome_id);
    const NodeId details = put_entry(bundle, outcome_id);
    bundle.copy_into(outcome, outcome.root(), details);
    put_text(bundle, details, "id", outcome_id);
    return answer_of("200", write_json(bundle));
}

Answer refusal_of_fhir(const ReferralInput& input, const Failure& failure) {
    return answer_of(std::to_string(describe(failure.category()).http_status),
                     operation_outcome_json(issues_of(failure), input.snapshot.engines.names));
}

std::string render_task_news(const TaskNews& news) {
    const FhirMessageHead head = scan_message_head(news.request);
    const std::string answered = answered_id(head, news.referrer, news.step);
    const Frame frame{news.snapshot, news.referrer, head, answered, news.step, news.at};
    Document bundle(news.snapshot.engines.names);
    const NodeId header = put_header(bundle, frame);
    const std::string task{news.task.child_value(news.task.root(), "id")};
    put_response(bundle, header, frame);
    put_text(bundle, put_repeated(bundle, header, "focus"), "reference",
             fmt::format("{}{}", urn, task));
    bundle.copy_into(news.task, news.task.root(), put_entry(bundle, task));
    return write_json(bundle);
}

}  // namespace gateway
