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
    EXPECT_EQ(pipeline_->resume(), 3U);
    const auto queued = store().deliveries_in(DeliveryState::pending, {}, 0, 10);
    const auto received = messages(MessageState::queued);
    ASSERT_EQ(queued.size(), 3U);
    ASSERT_EQ(received.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(queued[i].message, received[i].id);
    }
    EXPECT_EQ(pipeline_->resume(), 0U);
}

TEST_F(PipelineResume, QuarantinesWhatWasAcknowledgedAndHasFaults) {
    leave({{.birth_date = "soon", .accept_ack = "AL"}});
    EXPECT_EQ(pipeline_->resume(), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 1U);
    EXPECT_EQ(concerns().size(), 1U);
}

TEST_F(PipelineResume, RefusesWhatWasOnlyReceived) {
    occupy_worker();
    const auto sent = start(ReferralText{.birth_date = "soon"});
    pass(4s);
    sent->wait();
    crash();
    EXPECT_EQ(pipeline_->resume(), 1U);
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
    EXPECT_EQ(pipeline_->resume(), many);
    EXPECT_EQ(count(MessageState::received), 0U);
    EXPECT_EQ(count(MessageState::error), many);
}

TEST_F(PipelineResume, IsSafeBesideAnotherGatewayThatHasTheMessageInHand) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    Lanes lanes(1, 100);
    Pipeline other(parts_on(lanes), test::make_snapshot());
    EXPECT_EQ(other.resume(), 1U);
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
    pipeline_->take_up_left(1min);
    settle();
    EXPECT_EQ(count(MessageState::received), 1U);
    pass(61s);
    pipeline_->take_up_left(1min);
    settle();
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
    pipeline_->take_up_left(0min);
    settle();
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(PipelineResume, LeavesWhatIsInHandToWhoHasIt) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    pass(61s);
    pipeline_->take_up_left(1min);
    EXPECT_EQ(lanes_->waiting(), 1U);
    free_worker();
    settle();
    EXPECT_EQ(deliveries(), 1U);
}

}  // namespace
}  // namespace gateway
