#include "gateway/care/referral/task_update.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A Task of plain string elements; "a.b" makes a child of a child.
Document task_of(const Pairs& elements) {
    static const auto names = std::make_shared<const NameTable>();
    Document task(names);
    for (const auto& [path, value] : elements) {
        const std::size_t dot = path.find('.');
        NodeId node = task.append(task.root(), path.substr(0, dot));
        if (dot != std::string::npos) {
            node = task.append(node, path.substr(dot + 1));
        }
        task.set_value(node, ValueKind::string, value);
    }
    return task;
}

const Pairs received{{"resourceType", "Task"},
                     {"id", "1"},
                     {"status", "received"},
                     {"intent", "order"},
                     {"focus.reference", "ServiceRequest/1"},
                     {"note.text", "kept"}};

const Instant noon{std::chrono::hours{12}};

TEST(TaskUpdate, TakesAnAcceptanceAndKeepsWhatTheAnswerLeftOut) {
    Issues issues;
    const auto update = update_task(task_of(received), task_of({{"status", "accepted"}}),
                                    Actor::performer, noon, issues);
    EXPECT_TRUE(issues.empty());
    EXPECT_EQ(update.to, TaskStatus::accepted);
    const Document& task = update.task;
    EXPECT_EQ(task.child_value(task.root(), "status"), "accepted");
    EXPECT_EQ(task.value(task.at(task.root(), {"focus", "reference"})), "ServiceRequest/1");
    EXPECT_EQ(task.value(task.at(task.root(), {"note", "text"})), "kept");
    EXPECT_EQ(task.child_value(task.root(), "lastModified"), "1970-01-01T12:00:00.000Z");
}

TEST(TaskUpdate, WantsAReasonForADecline) {
    Issues issues;
    update_task(task_of(received), task_of({{"status", "rejected"}}), Actor::performer, noon,
                issues);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_EQ(issues[0].path, "Task.statusReason");
    Issues none;
    const auto update = update_task(
        task_of(received), task_of({{"status", "rejected"}, {"statusReason.text", "full"}}),
        Actor::performer, noon, none);
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(update.to, TaskStatus::rejected);
}

TEST(TaskUpdate, RefusesToChangeWhatTheReferrerWrote) {
    Issues issues;
    update_task(task_of(received),
                task_of({{"status", "accepted"}, {"focus.reference", "ServiceRequest/2"}}),
                Actor::performer, noon, issues);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_EQ(issues[0].path, "Task.focus");
}

TEST(TaskUpdate, NamesTheMovesThatAreOpen) {
    Issues issues;
    update_task(task_of(received), task_of({{"status", "requested"}}), Actor::performer, noon,
                issues);
    ASSERT_EQ(issues.size(), 1U);
    EXPECT_NE(issues[0].text.find("accepted, rejected"), std::string::npos) << issues[0].text;
}

TEST(TaskUpdate, MovesATaskByItsTransport) {
    auto pairs = received;
    pairs[2].second = "requested";
    const Document task = move_task(task_of(pairs), TaskStatus::received, Actor::transport, noon);
    EXPECT_EQ(status_of(task), TaskStatus::received);
    EXPECT_ANY_THROW(move_task(task, TaskStatus::accepted, Actor::transport, noon));
}

}  // namespace
}  // namespace gateway
