#include "gateway/flow/pipeline/presence.h"

#include <utility>

namespace gateway {

bool is_free(const PipelineParts& parts, const Message& message) {
    if (message.holder == parts.holder || parts.holder.empty()) {
        return true;
    }
    const auto duty = parts.store.duty(duty_of(message.holder));
    return !duty || duty->until <= parts.clock.now();
}

// What comes of it does not matter: where it was not written, the next one is, or others take over.
void Presence::hold_until(Instant until) const {
    UnitOfWork unit;
    unit.add(HoldDuty{duty_of(holder_), holder_, clock_.now(), until});
    store_.submit(
        std::move(unit), [](const std::function<void()>& task) { task(); }, [](const Outcome&) {});
}

}  // namespace gateway
