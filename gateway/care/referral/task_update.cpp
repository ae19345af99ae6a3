#include "gateway/care/referral/task_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "gateway/base/failure.h"
#include "gateway/format/document/compare.h"

namespace gateway {

namespace {

constexpr std::array<std::string_view, 9> performers_own{
    "status",   "statusReason", "businessStatus",  "executionPeriod", "owner",
    "location", "note",         "relevantHistory", "output"};

// Set by whoever stores the Task, so a partner's copy of them says nothing.
constexpr std::array<std::string_view, 3> stewards_own{"meta", "lastModified", "text"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

void refuse(Issues& issues, std::string_view code, std::string path, std::string text) {
    Issue issue;
    issue.code = code;
    issue.path = std::move(path);
    issue.text = std::move(text);
    issues.add(std::move(issue));
}

bool same_runs(const Document& left, const Document& right, std::string_view name) {
    const auto from = left.children(left.root(), name);
    const auto to = right.children(right.root(), name);
    return std::ranges::equal(from, to,
                              [&](NodeId a, NodeId b) { return same_content(left, a, right, b); });
}

void refuse_changes_of_the_request(const Document& stored, const Document& proposed,
                                   Issues& issues) {
    for (NodeId at = proposed.first_child(proposed.root()); at != no_node; at = proposed.next(at)) {
        const std::string_view name = proposed.name(at);
        if (contains(performers_own, name) || contains(stewards_own, name) ||
            proposed.index_among_same(at) > 0 || same_runs(stored, proposed, name)) {
            continue;
        }
        refuse(issues, "business-rule", fmt::format("Task.{}", name),
               fmt::format("Task.{} belongs to the referral and cannot be changed by an answer; "
                           "send it as it was, or leave it out",
                           name));
    }
}

std::string list_of(const std::vector<TaskStatus>& statuses) {
    std::string out;
    for (const TaskStatus status : statuses) {
        out += out.empty() ? "" : ", ";
        out += to_string(status);
    }
    return out.empty() ? "none" : out;
}

void refuse_move(Move move, TaskStatus from, TaskStatus to, Actor actor, Issues& issues) {
    switch (move) {
        case Move::allowed:
        case Move::unchanged:
            return;
        case Move::finished:
            refuse(issues, "business-rule", "Task.status",
                   fmt::format("the Task has ended as {} and cannot become {}", to_string(from),
                               to_string(to)));
            return;
        case Move::not_from_here:
        case Move::not_this_actor:
            refuse(
                issues, "business-rule", "Task.status",
                fmt::format("a Task that is {} cannot become {} by this partner; open to it: {}",
                            to_string(from), to_string(to), list_of(moves_open_to(actor, from))));
            return;
    }
}

bool has_reason(const Document& task) {
    const NodeId reason = task.child(task.root(), "statusReason");
    if (reason == no_node) {
        return false;
    }
    return !task.child_value(reason, "text").empty() || task.child(reason, "coding") != no_node;
}

void set_last_modified(Document& task, Instant now) {
    const NodeId before = task.child(task.root(), "lastModified");
    const NodeId node = before != no_node ? before : task.append(task.root(), "lastModified");
    task.set_value(node, ValueKind::string, to_fhir_instant(now));
}

Document merged(const Document& stored, const Document& proposed) {
    Document task(stored.shared_names());
    const auto is_answered = [&](std::string_view name) {
        return contains(performers_own, name) && proposed.child(proposed.root(), name) != no_node;
    };
    for (NodeId at = stored.first_child(stored.root()); at != no_node; at = stored.next(at)) {
        if (!is_answered(stored.name(at))) {
            task.copy(stored, at, task.root(), stored.name(at));
        }
    }
    for (NodeId at = proposed.first_child(proposed.root()); at != no_node; at = proposed.next(at)) {
        if (contains(performers_own, proposed.name(at))) {
            task.copy(proposed, at, task.root(), proposed.name(at));
        }
    }
    return task;
}

Document copy_of(const Document& document) {
    Document copy(document.shared_names());
    copy.copy_into(document, document.root(), copy.root());
    return copy;
}

}  // namespace

TaskStatus status_of(const Document& task) {
    const auto status = parse_task_status(task.child_value(task.root(), "status"));
    if (!status) {
        throw Failure(Category::fault, "a stored Task has no status that the loop knows");
    }
    return *status;
}

TaskUpdate update_task(const Document& stored, const Document& proposed, Actor actor, Instant now,
                       Issues& issues) {
    const TaskStatus from = status_of(stored);
    const auto to = parse_task_status(proposed.child_value(proposed.root(), "status"));
    if (!to) {
        refuse(issues, "value", "Task.status",
               fmt::format("Task.status must be a status of a referral's Task; open now: {}",
                           list_of(moves_open_to(actor, from))));
        return {copy_of(stored), from, from, Move::not_from_here};
    }
    const Move move = judge_move(from, *to, actor);
    refuse_move(move, from, *to, actor, issues);
    refuse_changes_of_the_request(stored, proposed, issues);
    if (needs_reason(*to) && !has_reason(proposed)) {
        refuse(issues, "required", "Task.statusReason",
               fmt::format("a Task that becomes {} needs a reason that the referrer can read: give "
                           "Task.statusReason.text",
                           to_string(*to)));
    }
    if (issues.has_errors()) {
        return {copy_of(stored), from, *to, move};
    }
    TaskUpdate update{merged(stored, proposed), from, *to, move};
    set_last_modified(update.task, now);
    return update;
}

Document move_task(const Document& stored, TaskStatus to, Actor actor, Instant now) {
    const TaskStatus from = status_of(stored);
    if (judge_move(from, to, actor) != Move::allowed) {
        throw Failure(Category::conflict, fmt::format("a Task that is {} cannot become {}",
                                                      to_string(from), to_string(to)));
    }
    Document task = copy_of(stored);
    task.set_value(task.child(task.root(), "status"), ValueKind::string, to_string(to));
    set_last_modified(task, now);
    return task;
}

}  // namespace gateway
