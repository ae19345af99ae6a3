#include "gateway/flow/pipeline/pipeline.h"

#include <optional>
#include <utility>
#include <variant>

#include "gateway/flow/pipeline/pass_steps.h"
#include "gateway/flow/pipeline/referral_steps.h"
#include "gateway/flow/pipeline/task_steps.h"

namespace gateway {

namespace {

// Two messages that touch the same resource (an organisation, a Task) may meet in the store: the
// later one is judged again on what is there now.
constexpr int tries_max = 20;

Failure unavailable(std::string internal) {
    return {Category::unavailable,
            "the message was not taken: this gateway cannot store it now; send it again",
            std::move(internal)};
}

// By the word of the log.
Acceptance acceptance_of(std::string_view outcome) {
    if (outcome == "refused") {
        return Acceptance::refused;
    }
    return outcome == "replayed" ? Acceptance::replayed : Acceptance::accepted;
}

Acceptance acceptance_of(const ReplyOrFailure& answer) {
    if (answer.reply) {
        return answer.reply->acceptance;
    }
    return describe(answer.failure->category()).retryable ? Acceptance::turned_away
                                                          : Acceptance::refused;
}

// One message on its way through a lane: made again after a failed precondition, answered once.
class Passage : public std::enable_shared_from_this<Passage> {
public:
    Passage(const PipelineParts& parts, std::shared_ptr<const Snapshot> snapshot, Message message,
            OnReply on_reply)
        : parts_(parts),
          snapshot_(std::move(snapshot)),
          message_(std::move(message)),
          delivery_ids_(parts.ids),
          on_reply_(std::move(on_reply)) {}

    virtual ~Passage() = default;
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    Passage(Passage&&) = delete;
    Passage& operator=(Passage&&) = delete;

    void run(LaneHold hold) {
        hold_ = std::move(hold);
        attempt();
    }

    void fail(Failure failure) {
        parts_.log.write_failure(
            "message.failed", failure,
            {LogField::id("message", message_.id), LogField::partner(message_.sender.partner)});
        finish({.reply = {}, .failure = std::move(failure)});
    }

protected:
    struct Prepared {
        PreparedWork work;
        std::uint64_t version = 0;
    };

    virtual Prepared prepare() = 0;

    const PipelineParts& parts() const { return parts_; }

    const Snapshot& snapshot() const { return *snapshot_; }

    const Message& message() const { return message_; }

    DeliveryIds& delivery_ids() { return delivery_ids_; }

private:
    // The per-message boundary: whatever a step throws, this message alone fails.
    void attempt() {
        try {
            submit(prepare());
        } catch (const Failure& failure) {
            fail(failure);
        } catch (const std::exception& error) {
            fail(Failure(Category::fault,
                         "the message could not be processed: a fault of this gateway",
                         error.what()));
        }
    }

    void submit(Prepared prepared) {
        if (prepared.work.unit.empty()) {
            finish(prepared);
            return;
        }
        UnitOfWork unit = std::move(prepared.work.unit);
        // On the writer's thread only what is short: the reply posts itself to its own thread, and
        // a new try goes back to a worker through its lane.
        parts_.store.submit(
            std::move(unit), [](const std::function<void()>& task) { task(); },
            [self = shared_from_this(), prepared = std::move(prepared)](const Outcome& outcome) {
                self->on_outcome(prepared, outcome);
            });
    }

    void on_outcome(const Prepared& prepared, const Outcome& outcome) {
        if (std::holds_alternative<Committed>(outcome)) {
            for (const std::string& destination : prepared.work.destinations) {
                parts_.on_queued(destination);
            }
            tell(prepared.work.concern);
            finish(prepared);
        } else if (const auto* failed = std::get_if<PreconditionFailed>(&outcome)) {
            try_again(*failed);
        } else {
            fail(unavailable(std::get<Unavailable>(outcome).reason));
        }
    }

    void tell(const std::optional<Concern>& concern) {
        if (!concern) {
            return;
        }
        parts_.log.write(
            LogLevel::warning, "message.concern",
            {LogField::id("message", concern->message), LogField::partner(concern->partner),
             LogField::word("kind", to_string(concern->kind)), LogField::reason(concern->text)});
        if (parts_.on_concern) {
            parts_.on_concern(*concern);
        }
    }

    void try_again(const PreconditionFailed& failed) {
        if (++tries_ >= tries_max) {
            fail(unavailable("the store kept changing: " + failed.found));
            return;
        }
        // A lane of its own, so that the message's lane stays taken meanwhile.
        const auto posted =
            parts_.lanes.post("again:" + message_.id,
                              [self = shared_from_this()](const LaneHold&) { self->attempt(); });
        if (posted != Lanes::Posted::taken) {
            fail(unavailable("no worker for another try"));
        }
    }

    void finish(const Prepared& prepared) {
        parts_.log.write(
            LogLevel::info, "message.done",
            {LogField::id("message", message_.id), LogField::partner(message_.sender.partner),
             LogField::word("outcome", prepared.work.outcome)});
        finish({.reply = Reply{prepared.work.reply, prepared.version,
                               acceptance_of(prepared.work.outcome)},
                .failure = {}});
    }

    void finish(ReplyOrFailure reply) {
        on_reply_(std::move(reply));
        hold_.reset();
    }

    const PipelineParts& parts_;
    std::shared_ptr<const Snapshot> snapshot_;
    Message message_;
    DeliveryIds delivery_ids_;
    OnReply on_reply_;
    LaneHold hold_;
    int tries_ = 0;
};

class ReferralPassage final : public Passage {
public:
    using Passage::Passage;

private:
    Prepared prepare() override {
        ReferralInput input{snapshot(), parts().store, parts().clock, message(), delivery_ids()};
        try {
            need_control_id(message());
            input.earlier = judge_duplicate(snapshot(), parts().store, message());
            if (input.earlier.answer) {
                return {{.unit = {},
                         .reply = input.earlier.answer,
                         .destinations = {},
                         .outcome = "replayed"},
                        0};
            }
            if (input.earlier.refusal) {
                return {prepare_refusal(input, *input.earlier.refusal), 0};
            }
            if (const RouteRule* rule = rule_that_passes(input)) {
                return {prepare_pass(input, *rule), 0};
            }
            if (!converted_) {
                converted_ = convert_referral(input);
            }
            return {prepare_referral(input, *converted_), 0};
        } catch (const Failure& failure) {
            // What may pass by itself is not kept: the sender's next try is a new message.
            if (describe(failure.category()).retryable) {
                throw;
            }
            return {prepare_refusal(input, failure), 0};
        }
    }

    std::optional<ConvertedReferral> converted_;
};

class TaskPassage final : public Passage {
public:
    TaskPassage(const PipelineParts& parts, std::shared_ptr<const Snapshot> snapshot,
                Message message, OnReply on_reply, const IncomingTask& incoming)
        : Passage(parts, std::move(snapshot), std::move(message), std::move(on_reply)),
          task_(incoming.task),
          version_(incoming.version) {}

private:
    Prepared prepare() override {
        PreparedTask task = prepare_task({snapshot(), parts().store, parts().clock, message(),
                                          task_, version_, delivery_ids().at(0)});
        return {std::move(task.work), task.version};
    }

    std::string task_;
    std::uint64_t version_;
};

void post(const PipelineParts& parts, const std::string& lane,
          const std::shared_ptr<Passage>& passage) {
    const auto posted =
        parts.lanes.post(lane, [passage](LaneHold hold) { passage->run(std::move(hold)); });
    if (posted != Lanes::Posted::taken) {
        passage->fail(Failure(Category::busy,
                              "the message was not taken: this gateway is busy; send it again"));
    }
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

// What is left of a nearly full disk is for finishing what was accepted. Nothing waits for a
// database that is away: its sender hears at once that it may send again.
bool Pipeline::refuses_new_work(const OnReply& on_reply) const {
    if (auto why = parts_.store.away()) {
        on_reply({.reply = {}, .failure = unavailable(std::move(*why))});
        return true;
    }
    if (parts_.disk.takes_new_work()) {
        return false;
    }
    on_reply({.reply = {},
              .failure = Failure(Category::unavailable,
                                 "the message was not taken: the disk of this gateway is nearly "
                                 "full; send it again later")});
    return true;
}

void Pipeline::accept_hl7v2(Incoming incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply)) {
        return;
    }
    const auto snapshot = snapshot_.load();
    Message message;
    message.id = parts_.ids.uuid();
    message.channel = std::move(incoming.channel);
    message.sender = std::move(incoming.sender);
    message.bytes = std::move(incoming.bytes);
    message.received = parts_.clock.now();
    try {
        describe_message(message, *snapshot);
    } catch (const Failure& failure) {
        on_reply({.reply = {}, .failure = failure});
        return;
    }
    const std::string lane = message.order_key;
    post(parts_, lane,
         std::make_shared<ReferralPassage>(parts_, snapshot, std::move(message),
                                           std::move(on_reply)));
}

void Pipeline::accept_task(const IncomingTask& incoming, OnReply on_reply_of_edge) {
    OnReply on_reply = counted(incoming.sender.partner, std::move(on_reply_of_edge));
    if (refuses_new_work(on_reply)) {
        return;
    }
    const auto snapshot = snapshot_.load();
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
    post(parts_, lane,
         std::make_shared<TaskPassage>(parts_, snapshot, std::move(message), std::move(on_reply),
                                       incoming));
}

}  // namespace gateway
