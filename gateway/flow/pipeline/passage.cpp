#include "gateway/flow/pipeline/passage.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace gateway {

namespace {

// Two messages that touch the same resource (an organisation, a Task) may meet in the store: the
// later one is judged again on what is there now.
constexpr int tries_max = 20;

// Before a message that was received is tried again after a store that could not be reached.
constexpr std::chrono::seconds pause{5};

// Before a message looks again whether its turn has come: another gateway has an older one in hand.
constexpr std::chrono::milliseconds turn_pause_first{10};
constexpr std::chrono::milliseconds turn_pause_max{500};

Failure unavailable(std::string internal) {
    return {Category::unavailable,
            "the message was not taken: this gateway cannot store it now; send it again",
            std::move(internal)};
}

Failure too_late() {
    return {Category::unavailable,
            "this gateway did not come to an answer in time: ask again, by sending the message "
            "once more"};
}

// A fault of ours would come again and again: who has no answer yet may try, but what was received
// must not turn in a circle.
bool may_pass(const Failure& failure, Receipt receipt) {
    return describe(failure.category()).retryable &&
           (failure.category() != Category::fault || receipt == Receipt::none);
}

// By the word of the log.
Acceptance acceptance_of(std::string_view outcome) {
    if (outcome == "refused") {
        return Acceptance::refused;
    }
    return outcome == "replayed" ? Acceptance::replayed : Acceptance::accepted;
}

void at_once(const std::function<void()>& task) {
    task();
}

}  // namespace

Passage::Passage(const PipelineParts& parts, Start start)
    : parts_(parts),
      snapshot_(std::move(start.snapshot)),
      message_(std::move(start.message)),
      token_(std::move(start.token)),
      delivery_ids_(parts.ids),
      on_reply_(std::move(start.on_reply)),
      on_put_off_(std::move(start.on_put_off)),
      receipt_(start.receipt) {
}

void Passage::run(LaneHold hold) {
    {
        const std::lock_guard lock(mutex_);
        if (is_over_) {
            return;
        }
        hold_ = std::move(hold);
    }
    attempt();
}

void Passage::fail(const Failure& failure) {
    parts_.log.write_failure(
        "message.failed", failure,
        {LogField::id("message", message_.id), LogField::partner(message_.sender.partner)});
    reply({.reply = {}, .failure = failure});
    finish();
}

void Passage::receive() {
    {
        const std::lock_guard lock(mutex_);
        if (is_over_ || is_submitted_ || receipt_ != Receipt::none) {
            return;
        }
        receipt_ = Receipt::submitted;
    }
    // Not under the lock: the outcome may come at once.
    try {
        auto receipt = prepare_receipt();
        if (receipt) {
            submit_receipt(std::move(*receipt));
        } else {
            fail(too_late());
        }
    } catch (const Failure& failure) {
        fail(failure);
    } catch (const std::exception& error) {
        fail(Failure(Category::fault, "a fault of this gateway", error.what()));
    }
}

void Passage::submit_receipt(PreparedWork receipt) {
    UnitOfWork unit = std::move(receipt.unit);
    parts_.store.submit(std::move(unit), at_once,
                        [self = shared_from_this(), receipt = std::move(receipt)](
                            const Outcome& outcome) { self->on_receipt(receipt, outcome); });
}

void Passage::at_deadline() {
    {
        const std::lock_guard lock(mutex_);
        is_overdue_ = true;
    }
    receive();
}

void Passage::on_receipt(const PreparedWork& receipt, const Outcome& outcome) {
    if (const auto* lost = std::get_if<Unavailable>(&outcome)) {
        fail(unavailable(lost->reason));
        return;
    }
    const bool is_durable = std::holds_alternative<Committed>(outcome);
    bool is_overdue = false;
    {
        const std::lock_guard lock(mutex_);
        receipt_ = is_durable ? Receipt::durable : Receipt::none;
        is_overdue = is_overdue_;
    }
    // Another message holds its key: the lane's turn finds out what that means, if it comes in
    // time.
    if (!is_durable && is_overdue) {
        fail(too_late());
    }
    if (is_durable) {
        parts_.log.write(
            LogLevel::info, "message.received",
            {LogField::id("message", message_.id), LogField::partner(message_.sender.partner)});
        tell(receipt.concern);
        reply(receipt_reply(receipt));
    }
}

void Passage::attempt() {
    const auto before = receipt();
    if (!before) {
        return;
    }
    auto next = prepared(*before);
    if (!next) {
        return;
    }
    if (next->needs_receipt) {
        receive();
        attempt();
        return;
    }
    submit(std::move(*next), *before);
}

std::optional<Passage::Prepared> Passage::prepared(Receipt receipt) {
    try {
        return prepare(receipt);
    } catch (const Failure& failure) {
        return end(failure, receipt);
    } catch (const std::exception& error) {
        return end(
            Failure(Category::fault, "the message could not be processed: a fault of this gateway",
                    error.what()),
            receipt);
    }
}

std::optional<Passage::Prepared> Passage::end(const Failure& failure, Receipt receipt) {
    Failure last = failure;
    try {
        if (!may_pass(failure, receipt)) {
            if (auto end = prepare_end(failure, receipt)) {
                return end;
            }
        }
    } catch (const Failure& another) {
        last = another;
    } catch (const std::exception& error) {
        last = Failure(Category::fault, "a fault of this gateway", error.what());
    }
    if (receipt == Receipt::none) {
        fail(last);
    } else {
        put_off(last);
    }
    return std::nullopt;
}

void Passage::submit(Prepared prepared, Receipt receipt) {
    bool is_as_prepared = false;
    {
        const std::lock_guard lock(mutex_);
        if (is_over_) {
            return;
        }
        is_as_prepared = (receipt_ == Receipt::none) == (receipt == Receipt::none);
        is_submitted_ = is_as_prepared;
    }
    if (!is_as_prepared) {
        attempt();
        return;
    }
    if (prepared.work.unit.empty()) {
        finish(prepared);
        return;
    }
    UnitOfWork unit = guarded(std::move(prepared.work.unit), receipt);
    // On the writer's thread only what is short: the reply posts itself to its own thread, and a
    // new try goes back to a worker through its lane.
    parts_.store.submit(std::move(unit), at_once,
                        [self = shared_from_this(), prepared = std::move(prepared)](
                            const Outcome& outcome) { self->on_outcome(prepared, outcome); });
}

// What has to hold as well where others share the store. Of a message of a gateway that is gone the
// same commit takes it over.
UnitOfWork Passage::guarded(UnitOfWork effects, Receipt receipt) const {
    UnitOfWork unit;
    if (!parts_.holder.empty() && awaits_turn()) {
        unit.add(AwaitTurn{message_.id, message_.order_key});
        if (receipt != Receipt::none && message_.holder == parts_.holder) {
            unit.add(KeepMessage{message_.id, message_.lease});
        } else if (receipt != Receipt::none) {
            unit.add(TakeMessage{message_.id, message_.lease, parts_.holder, parts_.clock.now()});
        }
    }
    unit.append(std::move(effects));
    return unit;
}

void Passage::on_outcome(const Prepared& prepared, const Outcome& outcome) {
    if (std::holds_alternative<Committed>(outcome)) {
        for (const std::string& destination : prepared.work.destinations) {
            parts_.on_queued(destination);
        }
        tell(prepared.work.concern);
        warn(prepared.work.warning);
        finish(prepared);
    } else if (const auto* failed = std::get_if<PreconditionFailed>(&outcome)) {
        refused(*failed);
    } else if (receipt().value_or(Receipt::none) == Receipt::none) {
        fail(unavailable(std::get<Unavailable>(outcome).reason));
    } else {
        put_off(unavailable(std::get<Unavailable>(outcome).reason));
    }
}

void Passage::refused(const PreconditionFailed& failed) {
    if (failed.precondition == Precondition::turn) {
        await_turn();
    } else if (failed.precondition == Precondition::lease) {
        Prepared nothing;  // another gateway has it in hand: it took it over, or is there again
        nothing.work.outcome = "done_elsewhere";
        finish(nothing);
    } else {
        try_again(failed);
    }
}

// Its lane is free meanwhile: who comes first may be behind it there. With or without a receipt,
// every one looks for older ones in the store, so none goes before its turn.
void Passage::await_turn() {
    LaneHold hold;
    bool is_late = false;
    {
        const std::lock_guard lock(mutex_);
        is_submitted_ = false;
        hold.swap(hold_);
        is_late = is_overdue_ && receipt_ == Receipt::none;
    }
    hold.reset();
    if (is_late) {
        receive();
    }
    turn_pause_ = std::clamp(turn_pause_ * 2, turn_pause_first, turn_pause_max);
    const auto again = [self = shared_from_this()] {
        self->parts_.lanes.post(
            self->message_.order_key, [self](LaneHold taken) { self->run(std::move(taken)); },
            Lanes::Room::always);
    };
    if (parts_.after) {
        parts_.after(turn_pause_, again);
    } else {
        again();
    }
}

void Passage::try_again(const PreconditionFailed& failed) {
    bool is_overdue = false;
    bool has_receipt = false;
    {
        const std::lock_guard lock(mutex_);
        is_submitted_ = false;
        is_overdue = is_overdue_;
        has_receipt = receipt_ != Receipt::none;
    }
    if (++tries_ >= tries_max) {
        const Failure failure = unavailable("the store kept changing: " + failed.found);
        tries_ = 0;
        has_receipt ? put_off(failure) : fail(failure);
        return;
    }
    if (is_overdue && !has_receipt) {
        receive();
    }
    post_again();
}

// A lane of its own, so that the message's lane stays taken meanwhile. There is always room: it was
// counted when it came.
void Passage::post_again() {
    parts_.lanes.post(
        "again:" + message_.id, [self = shared_from_this()](const LaneHold&) { self->attempt(); },
        Lanes::Room::always);
}

// It stays `received`, on the disk and in its lane.
void Passage::put_off(const Failure& failure) {
    parts_.log.write_failure(
        "message.put_off", failure,
        {LogField::id("message", message_.id), LogField::partner(message_.sender.partner)});
    std::function<void()> on_put_off;
    {
        const std::lock_guard lock(mutex_);
        is_submitted_ = false;
        on_put_off.swap(on_put_off_);
    }
    if (on_put_off) {
        on_put_off();
    }
    if (parts_.after) {
        parts_.after(pause, [self = shared_from_this()] { self->post_again(); });
    }
}

void Passage::tell(const std::optional<Concern>& concern) const {
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

void Passage::warn(const std::string& text) const {
    if (!text.empty()) {
        parts_.log.write(LogLevel::warning, "message.warning",
                         {LogField::id("message", message_.id),
                          LogField::partner(message_.sender.partner), LogField::reason(text)});
    }
}

void Passage::finish(const Prepared& prepared) {
    parts_.log.write(
        LogLevel::info, "message.done",
        {LogField::id("message", message_.id), LogField::partner(message_.sender.partner),
         LogField::word("outcome", prepared.work.outcome)});
    const PreparedWork& work = prepared.work;
    reply({.reply = Reply{.bytes = wanted_reply(work),
                          .version = prepared.version,
                          .acceptance = acceptance_of(work.outcome),
                          .code = work.code,
                          .about = work.about.empty() ? message_.id : work.about},
           .failure = {}});
    finish();
}

// The lane goes on.
void Passage::finish() {
    LaneHold hold;
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
        hold.swap(hold_);
    }
}

void Passage::reply(ReplyOrFailure answer) {
    OnReply on_reply;
    {
        const std::lock_guard lock(mutex_);
        on_reply.swap(on_reply_);
    }
    if (on_reply) {
        on_reply(std::move(answer));
    }
}

// Nothing once it is over.
std::optional<Receipt> Passage::receipt() const {
    const std::lock_guard lock(mutex_);
    return is_over_ ? std::nullopt : std::optional(receipt_);
}

std::shared_ptr<const std::string> Passage::wanted_reply(const PreparedWork& work) const {
    return work.reply;
}

}  // namespace gateway
