// Looks at the parts of the gateway once a second and says what is wrong now. It hooks into none of
// them: a message never waits for an alarm, and what the store still shows after a crash is seen
// again. On the reactor's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/flow/alarm/incident.h"
#include "gateway/flow/alarm/incident_book.h"
#include "gateway/flow/audit/checkpoint_export.h"
#include "gateway/flow/credentials/seen_certificates.h"
#include "gateway/flow/deliver/outbox.h"
#include "gateway/flow/pipeline/backlog.h"
#include "gateway/flow/pipeline/concern.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// What of the queue needs a person: quarantine, by destination, what waits too long, and a reading
// that is old. Its age is steady time: a wall clock that is set makes no reading old.
void add_queue_conditions(Observation& to, const BacklogReading& backlog, const Moment& now,
                          std::chrono::milliseconds age_max);

// `name`: what the certificate is for, as in listener:mllp.
void add_certificate_condition(Observation& to, const std::string& name, Instant not_after,
                               Instant now, std::chrono::milliseconds within);

void add_disk_conditions(Observation& to, DiskLevel level, const DiskSpace& space);

// The audit, as its last checkpoint found it.
void add_audit_conditions(Observation& to, CheckpointResult latest);

// What came in messages and a person must hear of, from where it is told (any thread) to where it
// is seen; shown for an hour after the last. What the store shows by itself (quarantine) is not
// noted. One mutex guards the counts.
class ConcernWatch final {
public:
    void note(const Concern& concern, SteadyTime now);

    void add_conditions(Observation& to, SteadyTime now);

private:
    struct Noted {
        std::uint64_t count = 0;
        SteadyTime last{};
    };

    std::mutex mutex_;
    std::map<std::string, Noted> reused_;  // by partner
};

// Holds the wall's clock against the steady one.
class StepWatch final {
public:
    // A step is told of for an hour.
    std::optional<Condition> look(const Moment& now, std::chrono::milliseconds step_max);

private:
    std::optional<Moment> last_;
    SteadyTime stepped_{};
    std::optional<Condition> step_;
};

class AlarmWatch final {
public:
    struct Parts {
        const Clock& clock;
        const Store& store;
        const DiskRoom& disk;
        const Outbox& outbox;
        const Backlog& backlog;
        SeenCertificates& seen;  // of partners
        std::function<std::shared_ptr<const Snapshot>()> snapshot;
        const CheckpointExport* checkpoints;  // null: none are made
    };

    explicit AlarmWatch(Parts parts) : parts_(std::move(parts)) {}

    Observation look();

    // Any thread.
    void note(const Concern& concern) { concerns_.note(concern, parts_.clock.steady()); }

private:
    void look_at_store(Observation& now, const AlarmSettings& alarms, const Moment& moment) const;
    void look_at_breakers(Observation& now) const;
    void look_at_certificates(Observation& now, const Snapshot& snapshot, Instant wall) const;

    Parts parts_;
    StepWatch steps_;
    ConcernWatch concerns_;
};

}  // namespace gateway
