#include "gateway/care/referral/task_state.h"

#include <gtest/gtest.h>

#include <array>

namespace gateway {
namespace {

constexpr std::array all{
    TaskStatus::requested, TaskStatus::received,        TaskStatus::accepted, TaskStatus::rejected,
    TaskStatus::cancelled, TaskStatus::in_progress,     TaskStatus::on_hold,  TaskStatus::completed,
    TaskStatus::failed,    TaskStatus::entered_in_error};

TEST(TaskState, ReadsEveryCodeThatItWrites) {
    for (const TaskStatus status : all) {
        EXPECT_EQ(parse_task_status(to_string(status)), status);
    }
    EXPECT_EQ(parse_task_status("draft"), std::nullopt);
    EXPECT_EQ(parse_task_status("Accepted"), std::nullopt);
}

TEST(TaskState, LetsThePerformerWalkTheLoop) {
    EXPECT_EQ(judge_move(TaskStatus::requested, TaskStatus::received, Actor::transport),
              Move::allowed);
    EXPECT_EQ(judge_move(TaskStatus::received, TaskStatus::accepted, Actor::performer),
              Move::allowed);
    EXPECT_EQ(judge_move(TaskStatus::accepted, TaskStatus::completed, Actor::performer),
              Move::allowed);
}

TEST(TaskState, TakesAReceiptForNothingMoreThanReceived) {
    for (const TaskStatus to : all) {
        const bool moves = judge_move(TaskStatus::requested, to, Actor::transport) == Move::allowed;
        EXPECT_EQ(moves, to == TaskStatus::received) << to_string(to);
    }
}

TEST(TaskState, NeverMovesAFinishedTask) {
    for (const TaskStatus from : all) {
        for (const TaskStatus to : all) {
            if (is_final(from) && from != to) {
                EXPECT_EQ(judge_move(from, to, Actor::performer), Move::finished);
            }
        }
    }
}

TEST(TaskState, KeepsTheReferrerFromAnsweringItsOwnReferral) {
    EXPECT_EQ(judge_move(TaskStatus::received, TaskStatus::accepted, Actor::requester),
              Move::not_this_actor);
    EXPECT_EQ(judge_move(TaskStatus::in_progress, TaskStatus::cancelled, Actor::requester),
              Move::not_from_here);
}

TEST(TaskState, LeavesNoStateWithoutAWayOut) {
    for (const TaskStatus from : all) {
        EXPECT_EQ(moves_open_to(Actor::performer, from).empty(), is_final(from)) << to_string(from);
    }
}

}  // namespace
}  // namespace gateway
