// A performer's answer: a new version of a Task, from its bytes to the writes of one commit, the
// message to the referrer among them. Reads the store, writes nothing.
#pragma once

#include "gateway/base/clock.h"
#include "gateway/flow/message/message.h"
#include "gateway/flow/pipeline/referral_steps.h"

namespace gateway {

struct TaskInput {
    const Snapshot& snapshot;
    const StoreReads& store;
    const Clock& clock;
    Message message;            // as received
    std::string task;           // id
    std::uint64_t version = 0;  // that the performer changed (If-Match)
    std::string delivery_id;
};

struct PreparedTask {
    PreparedWork work;
    std::uint64_t version = 0;  // of the Task once committed
};

// What of a Task a partner may see: the referrer and the performer of its referral. Failure
// `not_found` for everybody else, so that ids cannot be tried out.
Referral referral_for(const StoreReads& store, std::string_view task, std::string_view partner);

// Failures go to the performer and change nothing: `invalid` and `unprocessable` with issues,
// `precondition` where the Task has another version by now.
PreparedTask prepare_task(const TaskInput& input);

}  // namespace gateway
