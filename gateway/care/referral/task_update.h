// What a partner's new version of a Task may do to the stored one: the state machine, and the rule
// that only the performer's own elements change (Shared Care Planning: status, statusReason,
// businessStatus, executionPeriod, owner, location, note, relevantHistory, output). An element that
// the writer left out is kept: what a writer could not see it cannot delete. Pure; thread-safe.
#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/issue.h"
#include "gateway/care/referral/task_state.h"
#include "gateway/format/document/document.h"

namespace gateway {

struct TaskUpdate {
    Document task;  // the next version, `lastModified` set
    TaskStatus from;
    TaskStatus to;
    Move move;  // `allowed` or `unchanged`; otherwise `task` is the stored one
};

// Both documents hold a Task at their root. Faults are added to `issues` with a path into the
// proposed Task: then nothing may be written.
TaskUpdate update_task(const Document& stored, const Document& proposed, Actor actor, Instant now,
                       Issues& issues);

// The gateway's own step: the same Task with another status. A Failure if the step is not allowed.
Document move_task(const Document& stored, TaskStatus to, Actor actor, Instant now);

// The status of a stored Task; a Failure `fault` if it has none that the loop knows.
TaskStatus status_of(const Document& task);

}  // namespace gateway
