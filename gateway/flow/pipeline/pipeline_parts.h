// What a message on its way through the pipeline works with, and what its sender gets. Values and
// references.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/base/failure.h"
#include "gateway/base/ids.h"
#include "gateway/base/log.h"
#include "gateway/flow/pipeline/acceptance_counters.h"
#include "gateway/flow/pipeline/concern.h"
#include "gateway/flow/pipeline/lanes.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// What the edge sends back: an HL7 v2 acknowledgement, or a Task with its version.
struct Reply {
    std::shared_ptr<const std::string> bytes;  // null: the sender wants no answer (MSH-15, MSH-16)
    std::uint64_t version = 0;
    Acceptance acceptance = Acceptance::accepted;  // for the counters
    std::string code = {};   // MSA-1 of an acknowledgement, or the HTTP status of the answer
    std::string about = {};  // id of the message that it is about
};

// One of the two is set.
struct ReplyOrFailure {
    std::optional<Reply> reply;
    std::optional<Failure> failure;  // not answered from the store: the sender may send again
    bool is_deferred = false;        // the failure says that it was received: ask again
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
    // Runs a task after that time, on any thread, or drops it when the process stops. Empty: no
    // message has a deadline.
    std::function<void(std::chrono::milliseconds, std::function<void()>)> after = {};
    // Who this gateway is among those that share the store (`Presence`); empty: it shares it with
    // nobody.
    std::string holder = {};
};

}  // namespace gateway
