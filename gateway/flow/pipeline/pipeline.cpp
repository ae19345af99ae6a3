#include "gateway/flow/pipeline/pipeline.h"

#include <optional>
#include <utility>

#include "gateway/flow/pipeline/fhir_steps.h"
#include "gateway/flow/pipeline/message_form.h"
#include "gateway/flow/pipeline/presence.h"
#include "gateway/flow/pipeline/referral_passage.h"
#include "gateway/flow/pipeline/task_steps.h"

namespace gateway {

namespace {

Acceptance acceptance_of(const ReplyOrFailure& answer) {
    if (answer.reply) {
        return answer.reply->acceptance;
    }
    if (answer.is_deferred) {
        return Acceptance::deferred;
    }
    return describe(answer.failure->category()).retryable ? Acceptance::turned_away
                                                          : Acceptance::refused;
}

class TaskPassage final : public Passage {
public:
    TaskPassage(const PipelineParts& parts, Start start, const IncomingTask& incoming)
        : Passage(parts, std::move(start)), task_(incoming.task), version_(incoming.version) {}

private:
    // Its version says which of two comes first.
    bool awaits_turn() const override { return false; }

    Prepared prepare(Receipt /*receipt*/) override {
        PreparedTask task = prepare_task({snapshot(), parts().store, parts().clock, message(),
                                          task_, version_, delivery_ids().at(0)});
        return {.work = std::move(task.work), .version = task.version};
    }

    std::optional<Prepared> prepare_end(const Failure& /*failure*/, Receipt /*receipt*/) override {
        return std::nullopt;
    }

    // Its version makes a repeat safe, so what is late is dropped as if it had not come.
    std::optional<PreparedWork> prepare_receipt() override { return std::nullopt; }

    ReplyOrFailure receipt_reply(const PreparedWork& /*receipt*/) const override { return {}; }

    std::string task_;
    std::uint64_t version_;
};

// In enhanced mode the sender says; without a control id there is nothing to promise.
AcknowledgeAt acknowledged_at(const AckDemand& demand, const Partner& sender) {
    if (demand.is_enhanced) {
        return demand.is_accept_first() ? AcknowledgeAt::commit : AcknowledgeAt::application;
    }
    return sender.acknowledge;
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts, std::shared_ptr<const Snapshot> snapshot)
    : parts_(std::move(parts)),
      snapshot_(std::move(snapshot)),
      left_(std::make_shared<LeftMessages>(
          parts_, under_way_, [this](Message message, std::function<void()> on_put_off) {
              return passage_of_left(std::move(message), std::move(on_put_off));
          })) {
}

OnReply Pipeline::counted(const std::string& partner, OnReply on_reply) {
    return [this, partner, began = parts_.clock.steady(),
            on_reply = std::move(on_reply)](ReplyOrFailure answer) {
        acceptance_.count(partner, acceptance_of(answer), parts_.clock.steady() - began);
        on_reply(std::move(answer));
    };
}

// What is left of a nearly full disk is for finishing what was accepted.
bool Pipeline::refuses_new_work(const OnReply& on_reply) const {
    if (parts_.disk.takes_new_work()) {
        return false;
    }
    on_reply({.reply = {},
              .failure = Failure(Category::unavailable,
                                 "the message was not taken: the disk of this gateway is nearly "
                                 "full; send it again later")});
    return true;
}

// To its lane, behind what is left of that from before.
void Pipeline::admit(const std::shared_ptr<Passage>& passage, const std::string& lane) {
    const auto posted = parts_.lanes.post(
        lane,
        [left = left_, passage, lane](LaneHold hold) {
            left->run_behind(lane, std::move(hold),
                             [passage](LaneHold held) { passage->run(std::move(held)); });
        },
        Lanes::Room::always);
    if (posted != Lanes::Posted::taken) {
        passage->fail(
            Failure(Category::unavailable,
                    "the message was not taken: this gateway is stopping; send it again"));
    }
}

// A weak pointer: what is done must not wait for its deadline.
void Pipeline::watch(const std::shared_ptr<Passage>& passage) const {
    if (parts_.after) {
        parts_.after(snapshot_.load()->settings->limits.answer, [weak = std::weak_ptr(passage)] {
            if (const auto late = weak.lock()) {
                late->at_deadline();
            }
        });
    }
}

bool Pipeline::refuses_when_full(const OnReply& on_reply) const {
    if (!parts_.lanes.is_full()) {
        return false;
    }
    on_reply({.reply = {},
              .failure = Failure(Category::busy,
                                 "the message was not taken: this gateway is busy; send it "
                                 "again")});
    return true;
}

Message Pipeline::message_from(Identity sender, std::string channel,
                               std::shared_ptr<const std::string> bytes) const {
    Message message;
    message.id = parts_.ids.uuid();
    message.channel = std::move(channel);
    message.sender = std::move(sender);
    message.bytes = std::move(bytes);
    message.received = parts_.clock.now();
    message.holder = parts_.holder;
    return message;
}

void Pipeline::accept_hl7v2(Incoming incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply) || refuses_when_full(on_reply)) {
        return;
    }
    const auto snapshot = snapshot_.load();
    Message message = message_from(std::move(incoming.sender), std::move(incoming.channel),
                                   std::move(incoming.bytes));
    AckDemand demand;
    AcknowledgeAt at = AcknowledgeAt::application;
    try {
        demand = describe_message(message, *snapshot);
        at = acknowledged_at(demand, snapshot->partner(message.sender.partner));
    } catch (const Failure& failure) {
        on_reply({.reply = {}, .failure = failure});
        return;
    }
    start(std::move(message), snapshot, demand, at, std::move(on_reply));
}

void Pipeline::accept_fhir(IncomingFhir incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply) || refuses_when_full(on_reply)) {
        return;
    }
    const auto snapshot = snapshot_.load();
    Message message = message_from(std::move(incoming.sender), std::move(incoming.channel),
                                   std::move(incoming.bytes));
    AcknowledgeAt at = AcknowledgeAt::commit;
    try {
        describe_fhir(message, *snapshot, incoming.idempotency);
        if (!incoming.is_answered_early) {
            at = snapshot->partner(message.sender.partner).acknowledge;
        }
    } catch (const Failure& failure) {
        on_reply({.reply = {}, .failure = failure});
        return;
    }
    start(std::move(message), snapshot, {}, at, std::move(on_reply));
}

void Pipeline::start(Message message, const std::shared_ptr<const Snapshot>& snapshot,
                     AckDemand demand, AcknowledgeAt at, OnReply on_reply) {
    const std::string lane = message.order_key;
    const bool has_key = !message.duplicate_key.empty();
    auto token = under_way_.enter(message.id);
    const auto passage =
        std::make_shared<ReferralPassage>(parts_,
                                          Passage::Start{.snapshot = snapshot,
                                                         .message = std::move(message),
                                                         .token = std::move(token),
                                                         .on_reply = std::move(on_reply)},
                                          demand, at);
    if (at == AcknowledgeAt::commit && has_key) {
        passage->receive();
    }
    watch(passage);
    admit(passage, lane);
}

void Pipeline::accept_task(const IncomingTask& incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply) || refuses_when_full(on_reply)) {
        return;
    }
    Message message = message_from(incoming.sender, incoming.channel, incoming.bytes);
    message.content_type = fhir_content_type;
    message.digest = sha256(*message.bytes);
    message.duplicate_digest = message.digest;
    // All answers about one Task one after the other; its version decides which of two wins.
    message.order_key = "task:" + incoming.task;
    const std::string lane = message.order_key;
    const auto passage =
        std::make_shared<TaskPassage>(parts_,
                                      Passage::Start{.snapshot = snapshot_.load(),
                                                     .message = std::move(message),
                                                     .token = nullptr,
                                                     .on_reply = std::move(on_reply)},
                                      incoming);
    watch(passage);
    admit(passage, lane);
}

std::shared_ptr<Passage> Pipeline::passage_of_left(Message message,
                                                   std::function<void()> on_put_off) {
    auto token = is_free(parts_, message) ? under_way_.enter(message.id) : nullptr;
    if (!token) {
        return nullptr;
    }
    return std::make_shared<ReferralPassage>(parts_,
                                             Passage::Start{.snapshot = snapshot_.load(),
                                                            .message = std::move(message),
                                                            .token = std::move(token),
                                                            .receipt = Receipt::durable,
                                                            .on_put_off = std::move(on_put_off)});
}

void Pipeline::resume() {
    left_->take_up(Instant::max());
}

void Pipeline::take_up_left(std::chrono::minutes left_for) {
    left_->take_up(parts_.clock.now() - left_for);
}

}  // namespace gateway
