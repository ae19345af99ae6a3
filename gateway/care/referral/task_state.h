// The states of a referral's Task and who may move it: the request belongs to the referrer, the
// Task to the performer. Pure; thread-safe. R4 task.html §12.1 (status), standards: Shared Care
// Planning workflow table, Gravity SDOH (statusReason), COW (no cancelling once work is under way:
// a second Task with code `abort`).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace gateway {

enum class TaskStatus {
    requested,
    received,
    accepted,
    rejected,
    cancelled,
    in_progress,
    on_hold,
    completed,
    failed,
    entered_in_error,
};

std::string_view to_string(TaskStatus status);

// Nothing for a code that R4 has but this loop does not use (draft, ready), or that is no code.
std::optional<TaskStatus> parse_task_status(std::string_view code);

enum class Actor {
    transport,  // the gateway itself: it knows that the peer's transport took the message, no more
    requester,
    performer,
};

enum class Move {
    allowed,
    unchanged,       // the same status again: nothing to do, no fault
    finished,        // the Task has ended; it never moves again
    not_from_here,   // no such step
    not_this_actor,  // the step exists, for someone else
};

Move judge_move(TaskStatus from, TaskStatus to, Actor actor);

bool is_final(TaskStatus status);

// A reason that a person can read must come with it (Task.statusReason).
bool needs_reason(TaskStatus status);

// What the actor may do next: for error texts and for pages.
std::vector<TaskStatus> moves_open_to(Actor actor, TaskStatus from);

}  // namespace gateway
