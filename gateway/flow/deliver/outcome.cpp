#include "gateway/flow/deliver/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/care/referral/task_update.h"
#include "gateway/format/json/reader.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

struct Step {
    DeliveryState next;
    std::string_view word;       // for audit and trace
    std::uint32_t failures = 0;  // the same in a row, this one with them
};

// Nobody's answer says nothing about the message: only a peer's own failure counts.
std::uint32_t failures_with(const Delivery& delivery, const Attempt& attempt) {
    if (attempt.result != AttemptResult::failed) {
        return 0;
    }
    return attempt.outcome == delivery.outcome ? delivery.failures + 1 : 1;
}

Step step_after(const Delivery& delivery, const Attempt& attempt, const AttemptMeasure& measure) {
    const std::uint32_t failures = failures_with(delivery, attempt);
    switch (attempt.result) {
        case AttemptResult::delivered:
            return {DeliveryState::delivered, "delivered"};
        case AttemptResult::refused:
            return {DeliveryState::quarantined, "refused"};
        case AttemptResult::damaged:
            return {DeliveryState::quarantined, "damaged"};
        case AttemptResult::failed:
        case AttemptResult::try_again:
            break;
    }
    if (failures >= measure.quarantine.equal_failures) {
        return {DeliveryState::quarantined, "poison"};
    }
    if (measure.next_attempt >= measure.give_up_at) {
        return {DeliveryState::quarantined, "given_up"};
    }
    return {DeliveryState::pending, "retry", failures};
}

LaterOnes later_ones(LaterMessages policy) {
    return policy == LaterMessages::hold ? LaterOnes::wait : LaterOnes::go_on;
}

void add_delivery_step(UnitOfWork& unit, const Delivery& delivery, const Attempt& attempt,
                       const AttemptMeasure& measure, const Step& step) {
    if (step.next == DeliveryState::pending) {
        unit.add(RescheduleDelivery{delivery.id, delivery.lease, measure.next_attempt,
                                    attempt.outcome, step.failures});
    } else {
        unit.add(FinishDelivery{delivery.id, delivery.lease, step.next, attempt.outcome,
                                later_ones(measure.quarantine.later)});
    }
}

void add_records(UnitOfWork& unit, const Delivery& delivery, const Attempt& attempt,
                 const AttemptMeasure& measure, const Step& step) {
    AuditRecord record;
    record.at = measure.ended;
    record.action = AuditAction::attempt;
    record.actor = "gateway";
    record.message = delivery.message;
    record.referral = delivery.referral;
    record.delivery = delivery.id;
    record.outcome = step.word;
    record.digest = delivery.bytes ? to_hex(sha256(*delivery.bytes)) : "";
    unit.add(AddAudit{std::move(record)});
    TraceEvent event;
    event.message = delivery.message;
    event.referral = delivery.referral;
    event.at = measure.ended;
    event.stage = step.word;
    event.text = fmt::format("{} to {}: {}", delivery.title, delivery.destination, attempt.outcome);
    event.measures = {{"attempt", delivery.attempts},
                      {"bytes", delivery.bytes ? std::ssize(*delivery.bytes) : 0},
                      {"duration_us", (measure.ended - measure.began).count()}};
    unit.add(AddTrace{std::move(event)});
}

void add_message_step(UnitOfWork& unit, const StoreReads& store, const Delivery& delivery,
                      const Step& step) {
    if (step.next == DeliveryState::delivered) {
        unit.add(MarkSent{delivery.message});
    } else if (step.next == DeliveryState::quarantined &&
               // Never its bytes: should those be damaged, the record must still be made.
               store.message_state(delivery.message) == MessageState::queued) {
        unit.add(SetMessageState{delivery.message, MessageState::queued, MessageState::quarantined,
                                 "a delivery was given up"});
    }
}

}  // namespace

UnitOfWork record_attempt(const StoreReads& store, const Delivery& delivery, const Attempt& attempt,
                          const AttemptMeasure& measure) {
    const Step step = step_after(delivery, attempt, measure);
    UnitOfWork unit;
    add_delivery_step(unit, delivery, attempt, measure, step);
    add_records(unit, delivery, attempt, measure, step);
    add_message_step(unit, store, delivery, step);
    return unit;
}

void add_receipt(UnitOfWork& unit, const StoreReads& store,
                 const std::shared_ptr<const NameTable>& names, const Delivery& delivery,
                 Instant now) {
    for (Referral& referral : store.referrals(delivery.referral)) {
        if (referral.destination != delivery.destination || referral.message != delivery.message ||
            referral.status != TaskStatus::requested) {
            continue;
        }
        const auto stored = store.resource("Task", referral.task);
        if (!stored) {
            continue;
        }
        const Document task =
            move_task(read_json(stored->bytes, names), TaskStatus::received, Actor::transport, now);
        ResourceVersion next = *stored;
        next.message = delivery.message;
        next.bytes = std::make_shared<const std::string>(write_json(task));
        next.at = now;
        unit.add(PutResource{std::move(next), stored->version});
        const std::uint64_t version = referral.version;
        referral.status = TaskStatus::received;
        referral.changed = now;
        AuditRecord record;
        record.at = now;
        record.action = AuditAction::move;
        record.actor = "gateway";
        record.message = delivery.message;
        record.referral = referral.id;
        record.delivery = delivery.id;
        record.outcome = to_string(TaskStatus::received);
        unit.add(PutReferral{std::move(referral), version});
        unit.add(AddAudit{std::move(record)});
        unit.add(
            AddTrace{{.message = delivery.message,
                      .referral = delivery.referral,
                      .at = now,
                      .stage = "received",
                      .text = "the performer's system has the referral; nobody has accepted it yet",
                      .measures = {}}});
    }
}

}  // namespace gateway
