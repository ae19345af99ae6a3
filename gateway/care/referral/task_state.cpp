#include "gateway/care/referral/task_state.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gateway {

namespace {

constexpr std::array<std::pair<TaskStatus, std::string_view>, 10> codes{{
    {TaskStatus::requested, "requested"},
    {TaskStatus::received, "received"},
    {TaskStatus::accepted, "accepted"},
    {TaskStatus::rejected, "rejected"},
    {TaskStatus::cancelled, "cancelled"},
    {TaskStatus::in_progress, "in-progress"},
    {TaskStatus::on_hold, "on-hold"},
    {TaskStatus::completed, "completed"},
    {TaskStatus::failed, "failed"},
    {TaskStatus::entered_in_error, "entered-in-error"},
}};

struct Step {
    TaskStatus from;
    TaskStatus to;
    Actor actor;
};

// A transport's receipt moves a Task to `received` at most: it is never an acceptance.
constexpr std::array<Step, 28> steps{{
    {TaskStatus::requested, TaskStatus::received, Actor::transport},
    {TaskStatus::requested, TaskStatus::received, Actor::performer},
    {TaskStatus::requested, TaskStatus::accepted, Actor::performer},
    {TaskStatus::requested, TaskStatus::rejected, Actor::performer},
    {TaskStatus::requested, TaskStatus::in_progress, Actor::performer},
    {TaskStatus::requested, TaskStatus::completed, Actor::performer},
    {TaskStatus::requested, TaskStatus::failed, Actor::performer},
    {TaskStatus::requested, TaskStatus::cancelled, Actor::requester},
    {TaskStatus::received, TaskStatus::accepted, Actor::performer},
    {TaskStatus::received, TaskStatus::rejected, Actor::performer},
    {TaskStatus::received, TaskStatus::in_progress, Actor::performer},
    {TaskStatus::received, TaskStatus::completed, Actor::performer},
    {TaskStatus::received, TaskStatus::failed, Actor::performer},
    {TaskStatus::received, TaskStatus::cancelled, Actor::requester},
    {TaskStatus::accepted, TaskStatus::in_progress, Actor::performer},
    {TaskStatus::accepted, TaskStatus::rejected, Actor::performer},
    {TaskStatus::accepted, TaskStatus::completed, Actor::performer},
    {TaskStatus::accepted, TaskStatus::failed, Actor::performer},
    {TaskStatus::accepted, TaskStatus::cancelled, Actor::requester},
    {TaskStatus::in_progress, TaskStatus::on_hold, Actor::performer},
    {TaskStatus::in_progress, TaskStatus::completed, Actor::performer},
    {TaskStatus::in_progress, TaskStatus::failed, Actor::performer},
    {TaskStatus::in_progress, TaskStatus::on_hold, Actor::requester},
    {TaskStatus::on_hold, TaskStatus::in_progress, Actor::performer},
    {TaskStatus::on_hold, TaskStatus::completed, Actor::performer},
    {TaskStatus::on_hold, TaskStatus::failed, Actor::performer},
    {TaskStatus::on_hold, TaskStatus::in_progress, Actor::requester},
    {TaskStatus::requested, TaskStatus::entered_in_error, Actor::requester},
}};

}  // namespace

std::string_view to_string(TaskStatus status) {
    for (const auto& [known, code] : codes) {
        if (known == status) {
            return code;
        }
    }
    throw std::logic_error("unknown Task status");
}

std::optional<TaskStatus> parse_task_status(std::string_view code) {
    for (const auto& [status, known] : codes) {
        if (known == code) {
            return status;
        }
    }
    return std::nullopt;
}

bool is_final(TaskStatus status) {
    return status == TaskStatus::rejected || status == TaskStatus::cancelled ||
           status == TaskStatus::completed || status == TaskStatus::failed ||
           status == TaskStatus::entered_in_error;
}

bool needs_reason(TaskStatus status) {
    return status == TaskStatus::rejected || status == TaskStatus::cancelled ||
           status == TaskStatus::on_hold || status == TaskStatus::failed;
}

Move judge_move(TaskStatus from, TaskStatus to, Actor actor) {
    if (from == to) {
        return Move::unchanged;
    }
    if (is_final(from)) {
        return Move::finished;
    }
    const auto is_this_step = [&](const Step& step) { return step.from == from && step.to == to; };
    if (std::ranges::none_of(steps, is_this_step)) {
        return Move::not_from_here;
    }
    const bool is_ours = std::ranges::any_of(
        steps, [&](const Step& step) { return is_this_step(step) && step.actor == actor; });
    return is_ours ? Move::allowed : Move::not_this_actor;
}

std::vector<TaskStatus> moves_open_to(Actor actor, TaskStatus from) {
    std::vector<TaskStatus> open;
    for (const Step& step : steps) {
        if (step.from == from && step.actor == actor) {
            open.push_back(step.to);
        }
    }
    return open;
}

}  // namespace gateway
