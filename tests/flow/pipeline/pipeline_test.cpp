#include "gateway/flow/pipeline/pipeline.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/flow/pipeline/pipeline_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::msa_1;
using test::ReferralText;

const ReferralText enhanced = {.accept_ack = "AL"};

class PipelineResume : public test::PipelineTest {
protected:
    // Acknowledged, and then the process died.
    void leave(const std::vector<ReferralText>& referrals) {
        occupy_worker();
        for (const ReferralText& referral : referrals) {
            EXPECT_EQ(msa_1(send(referral)), "CA");
        }
        crash();
        ASSERT_EQ(count(MessageState::received), referrals.size());
    }

    // Messages taken up by a walk to its end.
    static std::uint64_t walked(const Pipeline& pipeline, std::uint64_t before) {
        while (pipeline.left().is_under_way) {
            std::this_thread::yield();
        }
        return pipeline.left().taken_up - before;
    }

    static std::uint64_t resumed(Pipeline& pipeline) {
        const std::uint64_t before = pipeline.left().taken_up;
        pipeline.resume();
        return walked(pipeline, before);
    }

    std::uint64_t resumed() const { return resumed(*pipeline_); }

    void taken_up(std::chrono::minutes left_for) const {
        pipeline_->take_up_left(left_for);
        walked(*pipeline_, 0);
    }

    // In receive order.
    std::vector<std::string> control_ids_of_deliveries() {
        std::vector<std::string> ids;
        for (const Delivery& delivery :
             store().deliveries_in(DeliveryState::pending, {}, 0, 10'000)) {
            ids.push_back(store().message(delivery.message)->control_id);
        }
        return ids;
    }

    // With the worker occupied: what has not started is dropped.
    void crash() {
        std::jthread stop([this] { lanes_->stop(); });
        while (lanes_->post("probe", [](const LaneHold&) {}) != Lanes::Posted::stopped) {
            std::this_thread::yield();
        }
        free_worker();
        stop.join();
        restart();
    }
};

TEST_F(PipelineResume, TakesUpWhatWasAcknowledgedInItsOrder) {
    leave({{.control_id = "1", .number = "1", .accept_ack = "AL"},
           {.control_id = "2", .number = "2", .accept_ack = "AL"},
           {.control_id = "3", .number = "3", .accept_ack = "AL"}});
    EXPECT_EQ(resumed(), 3U);
    const auto queued = store().deliveries_in(DeliveryState::pending, {}, 0, 10);
    const auto received = messages(MessageState::queued);
    ASSERT_EQ(queued.size(), 3U);
    ASSERT_EQ(received.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(queued[i].message, received[i].id);
    }
    EXPECT_EQ(resumed(), 0U);
}

TEST_F(PipelineResume, QuarantinesWhatWasAcknowledgedAndHasFaults) {
    leave({{.birth_date = "soon", .accept_ack = "AL"}});
    EXPECT_EQ(resumed(), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 1U);
    EXPECT_EQ(concerns().size(), 1U);
}

TEST_F(PipelineResume, RefusesWhatWasOnlyReceived) {
    occupy_worker();
    const auto sent = start(ReferralText{.birth_date = "soon"});
    pass(4s);
    sent->wait();
    crash();
    EXPECT_EQ(resumed(), 1U);
    EXPECT_EQ(count(MessageState::error), 1U);
    EXPECT_EQ(msa_1(send(ReferralText{.birth_date = "soon"})), "AE");
}

TEST_F(PipelineResume, GoesThroughMoreThanAPage) {
    constexpr std::size_t many = 600;
    UnitOfWork unit;
    for (std::size_t i = 0; i < many; ++i) {
        Message message = test::message_named(std::to_string(i));
        message.bytes = std::make_shared<const std::string>(
            test::hl7v2({.control_id = std::to_string(i), .birth_date = "soon"}));
        message.digest = sha256(*message.bytes);
        message.order_key = "key-" + std::to_string(i % 7);
        unit.add(AddMessage{std::move(message)});
    }
    test::commit(store(), std::move(unit));
    EXPECT_EQ(resumed(), many);
    EXPECT_EQ(count(MessageState::received), 0U);
    EXPECT_EQ(count(MessageState::error), many);
}

TEST_F(PipelineResume, LetsANewMessageWaitForThoseOfItsOwnPatientAlone) {
    std::vector<ReferralText> left;
    for (int i = 0; i < 40; ++i) {  // more than a page of one patient
        const std::string id = "old-" + std::to_string(i);
        left.push_back({.control_id = id, .number = id, .patient = "P-1", .accept_ack = "AL"});
    }
    leave(left);
    occupy_worker();
    // Of another patient, before the walk has found anything.
    const auto other = start({.control_id = "other", .number = "other", .patient = "P-2"});
    pipeline_->resume();
    const auto same = start({.control_id = "same", .number = "same", .patient = "P-1"});
    free_worker();
    EXPECT_EQ(msa_1(other->wait()), "AA");
    EXPECT_EQ(msa_1(same->wait()), "AA");
    const auto ids = control_ids_of_deliveries();
    ASSERT_EQ(ids.size(), 42U);
    EXPECT_EQ(ids.front(), "other");
    for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(ids.at(static_cast<std::size_t>(i) + 1), "old-" + std::to_string(i));
    }
    EXPECT_EQ(ids.back(), "same");
    EXPECT_EQ(walked(*pipeline_, 0), 40U);
}

TEST_F(PipelineResume, GivesANewMessageItsAnswerByItsDeadlineThoughOlderOnesAreNotDone) {
    leave({{.control_id = "1", .number = "1", .accept_ack = "AL"}});
    occupy_worker();
    pipeline_->resume();
    const ReferralText second = {.control_id = "2", .number = "2"};
    const auto late = start(second);
    const auto committed = start({.control_id = "3", .number = "3", .accept_ack = "AL"});
    EXPECT_EQ(msa_1(committed->wait()), "CA");
    pass(4s);
    EXPECT_THAT(late->wait(), testing::StartsWith("- this message was received"));
    free_worker();
    EXPECT_EQ(msa_1(send(second)), "AA");
    EXPECT_EQ(walked(*pipeline_, 0), 1U);
    EXPECT_EQ(control_ids_of_deliveries(), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(PipelineResume, AnswersARepeatOfWhatIsLeft) {
    leave({enhanced});
    occupy_worker();
    pipeline_->resume();
    const auto again = start(enhanced);
    free_worker();
    EXPECT_EQ(msa_1(again->wait()), "CA");
    EXPECT_EQ(walked(*pipeline_, 0), 1U);
    EXPECT_EQ(deliveries(), 1U);
    EXPECT_EQ(audited("accepted"), 1U);
}

TEST_F(PipelineResume, StopsInTheMidstAndGoesOnAfterTheNextStart) {
    std::vector<ReferralText> left;
    for (int i = 0; i < 50; ++i) {
        const std::string id = std::to_string(i);
        left.push_back({.control_id = id,
                        .number = id,
                        .patient = "P-" + std::to_string(i % 5),
                        .accept_ack = "AL"});
    }
    leave(left);
    pipeline_->resume();
    while (count(MessageState::queued) < 3) {
        std::this_thread::yield();
    }
    lanes_->stop();
    test::commit(store(), AddAudit{test::audit_of("stopped")});  // behind what is on its way
    restart();
    resumed();
    EXPECT_EQ(count(MessageState::received), 0U);
    EXPECT_EQ(deliveries(), 50U);
    EXPECT_EQ(audited("accepted"), 50U);
}

TEST_F(PipelineResume, IsSafeBesideAnotherGatewayThatHasTheMessageInHand) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    Lanes lanes(1, 100);
    Pipeline other(parts_on(lanes), test::make_snapshot());
    EXPECT_EQ(resumed(other), 1U);
    EXPECT_EQ(count(MessageState::queued), 1U);
    free_worker();
    settle();
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 0U);
    EXPECT_EQ(deliveries(), 1U);
    EXPECT_EQ(audited("accepted"), 1U);
}

TEST_F(PipelineResume, TakesUpWhatAnotherGatewayLeftAfterAWhile) {
    leave({enhanced});
    taken_up(1min);
    EXPECT_EQ(count(MessageState::received), 1U);
    pass(61s);
    taken_up(1min);
    EXPECT_EQ(count(MessageState::queued), 1U);
}

TEST_F(PipelineResume, TakesUpWhatAPersonSetFreeUnderTheSettingsOfNow) {
    use([](Settings& settings) { settings.partners.back().routes[0].when = "false"; });
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    settle();
    ASSERT_EQ(count(MessageState::quarantined), 1U);
    use({});
    const std::string id = messages(MessageState::quarantined)[0].id;
    test::commit(store(), SetMessageState{id, MessageState::quarantined, MessageState::received});
    taken_up(0min);
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(PipelineResume, LeavesWhatIsInHandToWhoHasIt) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    pass(61s);
    pipeline_->take_up_left(1min);
    free_worker();
    settle();
    EXPECT_EQ(pipeline_->left().taken_up, 0U);
    EXPECT_EQ(deliveries(), 1U);
}

}  // namespace
}  // namespace gateway
