#include "gateway/flow/deliver/queue_desk.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>
#include <variant>

namespace gateway {

namespace {

// A unit that waits to be submitted, and where its result goes.
struct Prepared {
    std::size_t position = 0;
    std::string destination;  // empty: a message's own
    ActPlan plan;
    UnitOfWork unit;
};

// Shared by the units of one request; the last to end tells. Each writes only its own result.
struct Round {
    std::vector<ActResult> results;
    std::atomic<std::size_t> open = 0;
    QueueDesk::OnDone on_done;

    void one_ended() {
        if (--open == 0) {
            on_done(std::move(results));
        }
    }
};

std::optional<Prepared> prepare(const StoreReads& store, const ActRequest& request, const ActBy& by,
                                std::size_t position, ActResult& result) {
    result.delivery = request.deliveries[position];
    const auto delivery = store.delivery_record(result.delivery);
    ActPlan plan = delivery ? plan_act(request.act, *delivery)
                            : plan_message_act(store, request.act, result.delivery);
    if (!plan.next) {
        result.text = std::move(plan.text);
        return std::nullopt;
    }
    UnitOfWork unit = delivery ? operate(store, *delivery, request.act, *plan.next, by)
                               : operate_message(result.delivery, by);
    return Prepared{position, delivery ? delivery->destination : std::string{}, std::move(plan),
                    std::move(unit)};
}

void judge(const Outcome& outcome, const ActPlan& plan, ActResult& result) {
    if (std::holds_alternative<Committed>(outcome)) {
        result.next = plan.next;
        result.text = plan.text;
    } else if (const auto* failed = std::get_if<PreconditionFailed>(&outcome)) {
        result.text = failed->precondition == Precondition::content
                          ? fmt::format("was not changed: {}", failed->found)
                          : fmt::format("has moved meanwhile ({}): ask again", failed->found);
    } else {
        result.text = fmt::format("was not changed: {}", std::get<Unavailable>(outcome).reason);
    }
}

struct Told {
    std::function<void(const std::string&)> on_free;
    std::function<void()> on_received;
};

void tell_freed(const ActResult& result, const std::string& destination, const Told& told) {
    if (!result.next || *result.next == DeliveryState::held) {
        return;
    }
    if (!destination.empty()) {
        told.on_free(destination);
    } else if (told.on_received) {
        told.on_received();
    }
}

}  // namespace

QueueDesk::QueueDesk(Store& store, const Clock& clock,
                     std::function<void(const std::string& destination)> on_free,
                     std::function<void()> on_received)
    : store_(store),
      clock_(clock),
      on_free_(std::move(on_free)),
      on_received_(std::move(on_received)) {
}

void QueueDesk::apply(const ActRequest& request, OnDone on_done) const {
    const ActBy by{request.actor, clock_.now()};
    const auto round = std::make_shared<Round>();
    round->results.resize(request.deliveries.size());
    round->on_done = std::move(on_done);
    std::vector<Prepared> all;
    for (std::size_t at = 0; at < request.deliveries.size(); ++at) {
        if (auto one = prepare(store_, request, by, at, round->results[at])) {
            all.push_back(std::move(*one));
        }
    }
    // One more for this call, so that nothing is told before all are on their way.
    round->open = all.size() + 1;
    for (Prepared& one : all) {
        store_.submit(
            std::move(one.unit), [](const std::function<void()>& task) { task(); },
            [round, position = one.position, plan = std::move(one.plan),
             told = Told{on_free_, on_received_},
             destination = std::move(one.destination)](const Outcome& outcome) {
                ActResult& result = round->results[position];
                judge(outcome, plan, result);
                tell_freed(result, destination, told);
                round->one_ended();
            });
    }
    round->one_ended();
}

}  // namespace gateway
