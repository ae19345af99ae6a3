#include "gateway/flow/pipeline/pipeline.h"

#include <latch>
#include <optional>
#include <utility>

#include "gateway/flow/pipeline/referral_passage.h"
#include "gateway/flow/pipeline/task_steps.h"

namespace gateway {

namespace {

// Of what is left `received`, in hand at one time.
constexpr std::size_t page_size = 256;

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

// Gone when the last copy of the token is: counts as one of those that are waited for.
std::function<void()> counting_down(const std::shared_ptr<std::latch>& latch) {
    return [token = std::shared_ptr<void>(
                latch.get(), [latch](void*) { latch->count_down(); })]() mutable { token.reset(); };
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts, std::shared_ptr<const Snapshot> snapshot)
    : parts_(std::move(parts)), snapshot_(std::move(snapshot)) {
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

// To its lane; at the commit point its receipt goes first.
void Pipeline::admit(const std::shared_ptr<Passage>& passage, const std::string& lane) {
    const auto posted = parts_.lanes.post(
        lane, [passage](LaneHold hold) { passage->run(std::move(hold)); }, Lanes::Room::always);
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

void Pipeline::accept_hl7v2(Incoming incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply) || refuses_when_full(on_reply)) {
        return;
    }
    const auto snapshot = snapshot_.load();
    Message message;
    message.id = parts_.ids.uuid();
    message.channel = std::move(incoming.channel);
    message.sender = std::move(incoming.sender);
    message.bytes = std::move(incoming.bytes);
    message.received = parts_.clock.now();
    AckDemand demand;
    AcknowledgeAt at = AcknowledgeAt::application;
    try {
        demand = describe_message(message, *snapshot);
        at = acknowledged_at(demand, snapshot->partner(message.sender.partner));
    } catch (const Failure& failure) {
        on_reply({.reply = {}, .failure = failure});
        return;
    }
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
    Message message;
    message.id = parts_.ids.uuid();
    message.channel = incoming.channel;
    message.sender = incoming.sender;
    message.bytes = incoming.bytes;
    message.received = parts_.clock.now();
    message.content_type = "application/fhir+json";
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

bool Pipeline::take_up(Message message, std::function<void()> on_settled) {
    auto token = under_way_.enter(message.id);
    if (!token) {
        return false;
    }
    const std::string lane = message.order_key;
    admit(std::make_shared<ReferralPassage>(parts_,
                                            Passage::Start{.snapshot = snapshot_.load(),
                                                           .message = std::move(message),
                                                           .token = std::move(token),
                                                           .receipt = Receipt::durable,
                                                           .on_settled = std::move(on_settled)}),
          lane);
    return true;
}

std::size_t Pipeline::resume() {
    std::size_t count = 0;
    std::uint64_t after = 0;
    while (true) {
        auto page = parts_.store.messages_in(MessageState::received, after, page_size);
        if (page.empty()) {
            return count;
        }
        after = page.back().sequence;
        const auto latch = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(page.size()));
        for (Message& message : page) {
            count += take_up(std::move(message), counting_down(latch)) ? 1U : 0U;
        }
        latch->wait();
    }
}

void Pipeline::take_up_left(std::chrono::minutes left_for) {
    const Instant before = parts_.clock.now() - left_for;
    try {
        for (Message& message : parts_.store.messages_in(MessageState::received, 0, page_size)) {
            if (message.received <= before) {
                take_up(std::move(message), {});
            }
        }
    } catch (const Failure& failure) {
        parts_.log.write_failure("pipeline.take_up", failure);  // the next look may see it
    }
}

}  // namespace gateway
