#include "gateway/flow/pipeline/task_steps.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/care/referral/task_update.h"
#include "gateway/flow/pipeline/constants.h"
#include "gateway/flow/pipeline/convert.h"
#include "gateway/flow/pipeline/fhir_answer.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/outgoing.h"
#include "gateway/flow/pipeline/records.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

// What a step of the Task is to a referrer who chose what to hear of; nothing: never told.
std::optional<AnswerEvent> event_of(TaskStatus status) {
    switch (status) {
        case TaskStatus::accepted:
            return AnswerEvent::accepted;
        case TaskStatus::rejected:
        case TaskStatus::failed:
            return AnswerEvent::declined;
        case TaskStatus::completed:
            return AnswerEvent::outcome;
        case TaskStatus::on_hold:
            return AnswerEvent::action_needed;
        case TaskStatus::received:
            return AnswerEvent::received;
        case TaskStatus::requested:
        case TaskStatus::cancelled:
        case TaskStatus::in_progress:
        case TaskStatus::entered_in_error:
            return std::nullopt;
    }
    throw std::logic_error("unknown Task status");
}

Document read_task(const TaskInput& input) {
    Document task = read_json(input.message.bytes, input.snapshot.engines.names);
    if (task.resource_type(task.root()) != "Task") {
        throw Failure(Category::invalid, "the body must be a Task");
    }
    if (task.child_value(task.root(), "id") != input.task) {
        // R4 http.html#update: the id of the body must be that of the URL.
        throw Failure(Category::invalid, "Task.id must be the id of the URL");
    }
    const Issues issues = input.snapshot.engines.validator->validate(
        task, task.root(), {.original = *input.message.bytes});
    if (issues.has_errors()) {
        throw Failure(Category::invalid, "the Task is not valid FHIR R4", {}, issues);
    }
    return task;
}

// The referral as its sender wrote it, and the request that was made of it.
struct Origin {
    std::shared_ptr<const std::string> message;
    std::shared_ptr<const std::string> request;
    std::string order_key;
    bool is_hl7v2 = false;
};

Origin origin_of(const StoreReads& store, const Referral& referral) {
    const auto message = store.message(referral.message);
    const auto request = store.resource("ServiceRequest", referral.id);
    if (!message || !request) {
        throw Failure(Category::fault, "the referral of this Task cannot be read",
                      "message or ServiceRequest of referral " + referral.id + " is missing");
    }
    return {message->bytes, request->bytes, message->order_key,
            message->content_type.find("hl7-v2") != std::string::npos};
}

// The answer in the form that the referral came in; nothing where the referrer takes no such form.
std::optional<Delivery> answer_to(const TaskInput& input, const Partner& referrer,
                                  const Referral& referral, const Document& task,
                                  const std::shared_ptr<const std::string>& task_bytes) {
    const Origin origin = origin_of(input.store, referral);
    const bool takes_fhir = referrer.deliver.kind == Channel::https;
    if (!referrer.deliver.enabled || (!origin.is_hl7v2 && !takes_fhir)) {
        return std::nullopt;
    }
    Delivery delivery;
    delivery.kind = takes_fhir ? DeliveryKind::https : DeliveryKind::mllp;
    delivery.order_key = origin.order_key;
    if (!origin.is_hl7v2) {
        delivery.title = "Bundle (message)";
        delivery.content_type = fhir_content_type;
        delivery.target = "$process-message";
        delivery.bytes =
            std::make_shared<const std::string>(render_task_news({.snapshot = input.snapshot,
                                                                  .referrer = referrer,
                                                                  .request = *origin.message,
                                                                  .task = task,
                                                                  .step = input.message.id,
                                                                  .at = input.clock.now()}));
        return delivery;
    }
    const std::array resources{task_bytes, origin.request};
    const Document answer = answer_bundle(input.snapshot.engines, resources);
    ConversionContext context;
    context.now = input.clock.now();
    context.id_key = input.snapshot.id_key;
    context.time_zone = referrer.time_zone;
    context.constants = constants_for(*input.snapshot.settings, referrer, input.message);
    const OutgoingMessage message =
        render_answer(input.snapshot.engines, {origin.message, answer}, context);
    delivery.title = message.title;
    delivery.content_type = hl7v2_content_type;
    delivery.bytes = message.bytes;
    return delivery;
}

void add_answer_to_referrer(PreparedWork& work, const TaskInput& input, const Referral& referral,
                            const Document& task, TaskStatus status) {
    const Partner& referrer = input.snapshot.partner(referral.source);
    const auto event = event_of(status);
    const RecordFor about{input.message, referral.id, input.clock.now()};
    if (!event || !referrer.answer.hears_of(*event)) {
        add_trace(work.unit, about, "kept",
                  fmt::format("{} has not asked to hear of this step", referrer.id));
        return;
    }
    auto delivery = answer_to(input, referrer, referral, task, work.reply);
    if (!delivery) {
        add_trace(work.unit, about, "kept",
                  fmt::format("{} has no way to be told: its file has no [deliver] for the form in "
                              "which it refers; it may read the Task",
                              referrer.id));
        return;
    }
    delivery->id = input.delivery_id;
    delivery->message = input.message.id;
    delivery->referral = referral.id;
    delivery->destination = referrer.id;
    delivery->created = about.at;
    delivery->next_attempt = about.at;
    add_trace(work.unit, about, "answered",
              fmt::format("{} to {}: {}", delivery->title, referrer.id, to_string(status)));
    work.unit.add(AddDelivery{std::move(*delivery)});
    work.destinations.push_back(referrer.id);
}

}  // namespace

Referral referral_for(const StoreReads& store, std::string_view task, std::string_view partner) {
    auto referral = store.referral_of_task(task);
    if (!referral || (referral->source != partner && referral->destination != partner)) {
        throw Failure(Category::not_found, "there is no such Task for this partner");
    }
    return std::move(*referral);
}

PreparedTask prepare_task(const TaskInput& input) {
    const std::string& partner = input.message.sender.partner;
    Referral referral = referral_for(input.store, input.task, partner);
    if (partner != referral.destination) {
        throw Failure(Category::forbidden, "only the performer of a referral moves its Task");
    }
    const Document proposed = read_task(input);
    const auto stored = input.store.resource("Task", input.task);
    if (!stored) {
        throw Failure(Category::fault, "the Task cannot be read", "no Task " + input.task);
    }
    if (stored->version != input.version) {
        throw Failure(Category::precondition,
                      fmt::format("the Task has changed since version {}; read it again and send "
                                  "If-Match: W/\"{}\"",
                                  input.version, stored->version));
    }
    Issues issues;
    const Instant now = input.clock.now();
    const TaskUpdate update = update_task(read_json(stored->bytes, input.snapshot.engines.names),
                                          proposed, Actor::performer, now, issues);
    if (issues.has_errors()) {
        throw Failure(Category::unprocessable, issues[0].text, {}, issues);
    }
    PreparedTask prepared;
    PreparedWork& work = prepared.work;
    work.outcome = to_string(update.to);
    work.reply = std::make_shared<const std::string>(write_json(update.task));
    prepared.version = stored->version + 1;

    Message message = input.message;
    message.state = MessageState::queued;
    message.settings_hash = input.snapshot.hash;
    const RecordFor about{message, referral.id, now};
    work.unit.add(AddMessage{message, OnDuplicate::fail});
    ResourceVersion next = *stored;
    next.message = message.id;
    next.bytes = work.reply;
    next.at = now;
    work.unit.add(PutResource{std::move(next), stored->version});
    const std::uint64_t version = referral.version;
    referral.status = update.to;
    referral.changed = now;
    work.unit.add(PutReferral{referral, version});
    add_audit(work.unit, about, AuditAction::move, to_string(update.to), to_hex(message.digest));
    add_trace(work.unit, about, std::string{to_string(update.to)},
              fmt::format("{} moved the Task from {} to {}", partner, to_string(update.from),
                          to_string(update.to)));
    if (update.move == Move::allowed) {
        add_answer_to_referrer(work, input, referral, update.task, update.to);
    }
    if (work.destinations.empty()) {
        work.unit.add(SetMessageState{message.id, MessageState::queued, MessageState::filtered,
                                      "nobody is to be told"});
    }
    return prepared;
}

}  // namespace gateway
