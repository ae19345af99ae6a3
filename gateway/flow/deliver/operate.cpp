#include "gateway/flow/deliver/operate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gateway {

namespace {

ActPlan plan_hold(const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::pending:
            return {DeliveryState::held, "is held; the later ones of its order key wait behind it"};
        case DeliveryState::leased:
            return {{}, "is being sent at this moment: ask again when the attempt has ended"};
        case DeliveryState::held:
            return {{}, "is held already"};
        case DeliveryState::delivered:
            return {{}, "is delivered: there is nothing to hold"};
        case DeliveryState::quarantined:
            return {{}, "is in quarantine and goes nowhere by itself"};
    }
    throw std::logic_error("unknown delivery state");
}

ActPlan plan_release(const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::held:
            return {DeliveryState::pending, "goes out in its turn"};
        case DeliveryState::quarantined:
            if (delivery.blocks) {
                return {DeliveryState::quarantined,
                        "stays in quarantine; the later ones of its order key go on"};
            }
            return {{}, "holds up no other: `queue replay` sends it again"};
        case DeliveryState::pending:
        case DeliveryState::leased:
        case DeliveryState::delivered:
            return {{}, "is not held"};
    }
    throw std::logic_error("unknown delivery state");
}

ActPlan plan_replay(const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::quarantined:
            return {DeliveryState::pending, "goes out, before the later ones of its order key"};
        case DeliveryState::delivered:
            if (delivery.is_destroyed) {
                return {
                    {},
                    "cannot go out again: nobody can read its bytes any more (store.retention)"};
            }
            return {DeliveryState::pending, "goes out again, with the same bytes and ids"};
        case DeliveryState::held:
            return {{}, "is held: `queue release` sends it"};
        case DeliveryState::pending:
        case DeliveryState::leased:
            return {{}, "is on its way already"};
    }
    throw std::logic_error("unknown delivery state");
}

// One word for audit and trace.
std::string_view done_word(QueueAct act) {
    switch (act) {
        case QueueAct::hold:
            return "held";
        case QueueAct::release:
            return "released";
        case QueueAct::replay:
            return "replayed";
    }
    throw std::logic_error("unknown queue act");
}

void add_records(UnitOfWork& unit, const Delivery& delivery, QueueAct act, const ActBy& by) {
    AuditRecord record;
    record.at = by.now;
    record.action = AuditAction::operate;
    record.actor = by.actor;
    record.message = delivery.message;
    record.referral = delivery.referral;
    record.delivery = delivery.id;
    record.outcome = done_word(act);
    unit.add(AddAudit{std::move(record)});
    TraceEvent event;
    event.message = delivery.message;
    event.referral = delivery.referral;
    event.at = by.now;
    event.stage = done_word(act);
    event.text = fmt::format("{} to {}: {} by {}", delivery.title, delivery.destination,
                             done_word(act), by.actor);
    unit.add(AddTrace{std::move(event)});
}

// A message whose last trouble was this delivery is in the outbox again.
void add_message_step(UnitOfWork& unit, const StoreReads& store, const Delivery& delivery) {
    const auto state = store.message_state(delivery.message);
    if (state != MessageState::quarantined && state != MessageState::sent) {
        return;
    }
    const auto all = store.deliveries_of(delivery.message);
    const bool is_last = std::ranges::none_of(all, [&](const Delivery& other) {
        return other.id != delivery.id && other.state == DeliveryState::quarantined;
    });
    if (is_last) {
        unit.add(
            SetMessageState{delivery.message, *state, MessageState::queued, "replayed by hand"});
    }
}

}  // namespace

std::string_view to_string(QueueAct act) {
    switch (act) {
        case QueueAct::hold:
            return "hold";
        case QueueAct::release:
            return "release";
        case QueueAct::replay:
            return "replay";
    }
    throw std::logic_error("unknown queue act");
}

std::optional<QueueAct> parse_queue_act(std::string_view word) {
    for (const QueueAct act : {QueueAct::hold, QueueAct::release, QueueAct::replay}) {
        if (to_string(act) == word) {
            return act;
        }
    }
    return std::nullopt;
}

ActPlan plan_act(QueueAct act, const Delivery& delivery) {
    switch (act) {
        case QueueAct::hold:
            return plan_hold(delivery);
        case QueueAct::release:
            return plan_release(delivery);
        case QueueAct::replay:
            return plan_replay(delivery);
    }
    throw std::logic_error("unknown queue act");
}

ActPlan plan_message_act(const StoreReads& store, QueueAct act, const std::string& message) {
    const auto state = store.message_state(message);
    if (!state) {
        return {{}, "is not in this store: `queue list` shows the ids"};
    }
    if (!store.deliveries_of(message).empty()) {
        return {{}, "is a message with deliveries: choose those with --message"};
    }
    if (*state != MessageState::quarantined) {
        return {{}, "is a message without a delivery, and not in quarantine"};
    }
    switch (act) {
        case QueueAct::hold:
            return {{}, "is in quarantine and goes nowhere by itself"};
        case QueueAct::release:
            return {{}, "holds up no other: `queue replay` has it go through all steps again"};
        case QueueAct::replay:
            return {DeliveryState::pending, "goes through all steps again"};
    }
    throw std::logic_error("unknown queue act");
}

UnitOfWork operate_message(const std::string& message, const ActBy& by) {
    UnitOfWork unit;
    const std::string_view done = done_word(QueueAct::replay);
    unit.add(SetMessageState{message, MessageState::quarantined, MessageState::received,
                             fmt::format("{} by {}", done, by.actor)});
    AuditRecord record;
    record.at = by.now;
    record.action = AuditAction::operate;
    record.actor = by.actor;
    record.message = message;
    record.outcome = done;
    unit.add(AddAudit{std::move(record)});
    TraceEvent event;
    event.message = message;
    event.at = by.now;
    event.stage = done;
    event.text = fmt::format("all its steps again: {} by {}", done, by.actor);
    unit.add(AddTrace{std::move(event)});
    return unit;
}

UnitOfWork operate(const StoreReads& store, const Delivery& delivery, QueueAct act,
                   DeliveryState next, const ActBy& by) {
    UnitOfWork unit;
    // Why it is in quarantine stays to be read there.
    const std::string outcome = next == DeliveryState::quarantined
                                    ? delivery.outcome
                                    : fmt::format("{} by {}", done_word(act), by.actor);
    unit.add(MoveDelivery{delivery.id, delivery.state, next,
                          next == DeliveryState::pending ? by.now : delivery.next_attempt,
                          outcome});
    add_records(unit, delivery, act, by);
    if (act == QueueAct::replay) {
        add_message_step(unit, store, delivery);
    }
    return unit;
}

}  // namespace gateway
