// One message from its bytes to the commit that makes it ours: accept, decode, map, validate,
// correlate, route, enqueue, in that order (a file a step group; README of gateway/ walks through).
// Holds the per-message boundary: whatever fails, this message alone fails, and its sender is told.
// Nothing is answered positively before the commit is durable. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/base/log.h"
#include "gateway/flow/message/identity.h"
#include "gateway/flow/pipeline/acceptance_counters.h"
#include "gateway/flow/pipeline/concern.h"
#include "gateway/flow/pipeline/lanes.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// A message as it stands at the edge: who sent it is known, nothing of it has been parsed.
struct Incoming {
    Identity sender;
    std::string channel;  // "mllp", "https"
    std::shared_ptr<const std::string> bytes;
};

// A performer's new version of a Task.
struct IncomingTask {
    Identity sender;
    std::string channel;
    std::string task;           // id from the path
    std::uint64_t version = 0;  // from If-Match
    std::shared_ptr<const std::string> bytes;
};

// What the edge sends back: an HL7 v2 acknowledgement, or a Task with its version.
struct Reply {
    std::shared_ptr<const std::string> bytes;
    std::uint64_t version = 0;
    Acceptance acceptance = Acceptance::accepted;  // for the counters
};

// One of the two is set.
struct ReplyOrFailure {
    std::optional<Reply> reply;
    std::optional<Failure> failure;  // not answered from the store: the sender may send again
};

using OnReply = std::function<void(ReplyOrFailure)>;

struct PipelineParts {
    Store& store;
    const Clock& clock;
    IdSource& ids;
    Log& log;
    Lanes& lanes;
    const DiskRoom& disk;
    // Told after a commit that put something into the outbox for this partner.
    std::function<void(const std::string& destination)> on_queued;
    // Told after the commit of something that a person must hear of, on the store's thread; may be
    // empty.
    std::function<void(const Concern&)> on_concern = {};
};

class Pipeline final {
public:
    Pipeline(PipelineParts parts, std::shared_ptr<const Snapshot> snapshot);

    // Both call `on_reply` exactly once, on any thread, when the outcome is durable; dropped
    // unanswered only when the process stops before the work began.
    void accept_hl7v2(Incoming incoming, OnReply on_reply);
    void accept_task(const IncomingTask& incoming, OnReply on_reply);

    std::shared_ptr<const Snapshot> snapshot() const { return snapshot_.load(); }

    // For messages accepted from now on.
    void replace(std::shared_ptr<const Snapshot> snapshot) { snapshot_.store(std::move(snapshot)); }

    const AcceptanceCounters& acceptance() const { return acceptance_; }

private:
    bool refuses_new_work(const OnReply& on_reply) const;
    OnReply counted(const std::string& partner, OnReply on_reply);

    PipelineParts parts_;
    AcceptanceCounters acceptance_;
    std::atomic<std::shared_ptr<const Snapshot>> snapshot_;
};

}  // namespace gateway
