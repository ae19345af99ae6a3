// One destination's way out of the outbox: claims what is due (a lease), sends it, records what
// came of it, and does so again when told or when a retry is due. The three overlap: for a peer
// that answers fast some are claimed ahead, and the next is sent while the last is being recorded
// (never two of one order key: the store makes the next one due with the record). A destination
// that does not answer is left in peace for a while (`Breaker`). One dead destination holds up
// nobody else. Everything runs on one reactor's thread; the store gives order per order key.
// Pipeline and deliver meet only in the store.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/settings/partner.h"
#include "gateway/flow/deliver/attempt_counters.h"
#include "gateway/flow/deliver/transport.h"
#include "gateway/flow/store/store.h"
#include "gateway/format/document/name_table.h"
#include "gateway/net/reactor.h"

namespace gateway {

struct LaneParts {
    Reactor& reactor;
    Store& store;
    const Clock& clock;
    Log& log;
    std::shared_ptr<const NameTable> names;
};

struct LaneSettings {
    std::string destination;  // partner id
    RetrySettings retry;
    BreakerSettings breaker;
    QuarantineSettings quarantine;
    std::size_t in_flight_max = 8;  // being sent, of different order keys
    // Longer than an attempt can take: a lease that ends by itself belongs to a dead process.
    std::chrono::milliseconds lease = std::chrono::seconds(60);
};

class DeliveryLane final {
public:
    DeliveryLane(LaneParts parts, LaneSettings settings, std::unique_ptr<Transport> transport);

    // Not from within a call of its transport. Waits for the reactor's turn, where that runs.
    ~DeliveryLane();
    DeliveryLane(const DeliveryLane&) = delete;
    DeliveryLane& operator=(const DeliveryLane&) = delete;

    // Something may be due. Any thread; cheap when called often.
    void wake();

    // Attempts from now on go this way; those under way end on the old one, which then goes.
    void change(LaneSettings settings, std::unique_ptr<Transport> transport);

    // Since start. Any thread.
    AttemptReading attempts() const;

    // Claims nothing more; what is under way still ends.
    void stop();

private:
    class Worker;

    std::shared_ptr<Worker> worker_;
};

}  // namespace gateway
