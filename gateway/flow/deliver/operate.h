// What a person does to a delivery: hold it, release it, replay it. One rule for the command line,
// its dry run and the running gateway. Reads what it needs, writes nothing: the unit of work is the
// result, with the act's audit record in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"
#include "gateway/flow/message/delivery.h"
#include "gateway/flow/store/store.h"

namespace gateway {

enum class QueueAct {
    hold,     // a waiting one is not sent, and the later ones of its order key wait behind it
    release,  // a held one goes out in its turn; those that wait behind a quarantined one go on
    replay,   // a quarantined or delivered one is sent (again), with the same bytes and ids
};

std::string_view to_string(QueueAct act);

std::optional<QueueAct> parse_queue_act(std::string_view word);

struct ActPlan {
    std::optional<DeliveryState> next;  // nothing: the act changes nothing here
    std::string text;                   // what it does, or why not and what would help
};

// Pure.
ActPlan plan_act(QueueAct act, const Delivery& delivery);

// Who acts, and when.
struct ActBy {
    std::string actor;  // login
    Instant now{};
};

// `delivery` as it was read and `next` as planned: a precondition fails if it has moved since.
UnitOfWork operate(const StoreReads& store, const Delivery& delivery, QueueAct act,
                   DeliveryState next, const ActBy& by);

// The same of a message that never came as far as a delivery: one that was acknowledged and is in
// quarantine can be replayed, and goes through all steps again.
ActPlan plan_message_act(const StoreReads& store, QueueAct act, const std::string& message);
UnitOfWork operate_message(const std::string& message, const ActBy& by);

}  // namespace gateway
