#include "gateway/flow/pipeline/passage.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "gateway/format/hl7v2/head.h"
#include "tests/flow/pipeline/pipeline_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using test::hl7v2;
using test::msa_1;
using test::ReferralText;
using testing::HasSubstr;
using testing::StartsWith;

const ReferralText plain;
const ReferralText faulty = {.birth_date = "soon"};
const ReferralText enhanced = {.accept_ack = "AL", .application_ack = "NE"};
const ReferralText enhanced_faulty = {
    .birth_date = "soon", .accept_ack = "AL", .application_ack = "NE"};

void at_commit(Settings& settings) {
    settings.partners.back().acknowledge = AcknowledgeAt::commit;
}

class PassageTest : public test::PipelineTest {};

// --- the two acknowledgement points

struct Mode {
    std::string accept;       // MSH-15
    std::string application;  // MSH-16
    std::string good;         // the answer on the connection to a message that crosses
    std::string faulty;
};

class Acknowledgement : public test::PipelineTest, public testing::WithParamInterface<Mode> {};

TEST_P(Acknowledgement, FollowsTheSendersWish) {
    const auto answer_to = [this](ReferralText referral) {
        referral.accept_ack = GetParam().accept;
        referral.application_ack = GetParam().application;
        return msa_1(send(referral));
    };
    EXPECT_EQ(answer_to(plain), GetParam().good);
    EXPECT_EQ(answer_to({.control_id = "C-2", .birth_date = "soon"}), GetParam().faulty);
    settle();
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(count(MessageState::error) + count(MessageState::quarantined), 1U);
}

INSTANTIATE_TEST_SUITE_P(Modes, Acknowledgement,
                         testing::Values(Mode{"", "", "AA", "AE"}, Mode{"NE", "AL", "AA", "AE"},
                                         Mode{"", "AL", "AA", "AE"}, Mode{"NE", "ER", "none", "AE"},
                                         Mode{"NE", "SU", "AA", "none"},
                                         Mode{"NE", "NE", "none", "none"},
                                         Mode{"AL", "", "CA", "CA"}, Mode{"AL", "AL", "CA", "CA"},
                                         Mode{"SU", "NE", "CA", "CA"},
                                         Mode{"ER", "NE", "none", "none"}));

TEST_F(PassageTest, AtTheCommitPointIsAnsweredBeforeItIsProcessed) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    ASSERT_EQ(count(MessageState::received), 1U);
    EXPECT_EQ(audited("received"), 1U);
    EXPECT_EQ(deliveries(), 0U);
    free_worker();
    settle();
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
    EXPECT_EQ(audited("accepted"), 1U);
    EXPECT_TRUE(is_traced(messages(MessageState::queued)[0].id, "routed"));
}

TEST_F(PassageTest, AtTheCommitPointOfAPartnerInOriginalModeIsAnsweredAA) {
    use(at_commit);
    occupy_worker();
    EXPECT_EQ(msa_1(send(plain)), "AA");
    EXPECT_EQ(count(MessageState::received), 1U);
    free_worker();
    settle();
    EXPECT_EQ(count(MessageState::queued), 1U);
}

TEST_F(PassageTest, FaultyBehindTheCommitPointIsQuarantinedAndToldNotRefused) {
    EXPECT_EQ(msa_1(send(enhanced_faulty)), "CA");
    settle();
    ASSERT_EQ(count(MessageState::quarantined), 1U);
    const Message message = messages(MessageState::quarantined)[0];
    EXPECT_FALSE(message.reason.empty());
    EXPECT_EQ(audited("quarantined"), 1U);
    EXPECT_TRUE(is_traced(message.id, "quarantined"));
    ASSERT_EQ(concerns().size(), 1U);
    EXPECT_EQ(concerns()[0].kind, ConcernKind::quarantined);
    EXPECT_EQ(concerns()[0].message, message.id);
    EXPECT_EQ(msa_1(send(enhanced_faulty)), "CA");
    EXPECT_EQ(count(MessageState::error), 0U);
}

TEST_F(PassageTest, RepeatedAtTheCommitPointGetsItsCAAndIsDoneOnce) {
    occupy_worker();
    const std::string answer = send(enhanced);
    const auto again = start(enhanced);
    free_worker();
    EXPECT_EQ(again->wait(), answer);
    settle();
    EXPECT_EQ(send(enhanced), answer);
    EXPECT_EQ(deliveries(), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 0U);
}

TEST_F(PassageTest, UnderAReusedIdAtTheCommitPointIsRejectedOrLetPass) {
    EXPECT_EQ(msa_1(send(enhanced)), "CA");
    ReferralText other = enhanced;
    other.number = "R-2";
    other.patient = "P-2";
    EXPECT_EQ(msa_1(send(other)), "CE");
    use([](Settings& settings) {
        settings.partners.back().duplicates.changed = ChangedDuplicate::accept_and_flag;
    });
    EXPECT_EQ(msa_1(send(other)), "CA");
    settle();
    EXPECT_EQ(count(MessageState::queued), 2U);
    EXPECT_EQ(concerns().size(), 2U);
    other.number = "R-3";
    other.birth_date = "soon";
    EXPECT_EQ(msa_1(send(other)), "CA");
    settle();
    EXPECT_EQ(count(MessageState::quarantined), 1U);
}

TEST_F(PassageTest, WithoutAControlIdIsRejectedAtTheCommitPoint) {
    ReferralText nameless = enhanced;
    nameless.control_id = "";
    EXPECT_EQ(msa_1(send(nameless)), "CR");
    EXPECT_EQ(count(MessageState::error), 1U);
}

TEST_F(PassageTest, OfOneOrderKeyRunInTheOrderOfTheirAcknowledgements) {
    occupy_worker();
    for (const std::string id : {"1", "2", "3"}) {
        EXPECT_EQ(msa_1(send({.control_id = id, .number = id, .accept_ack = "AL"})), "CA");
    }
    free_worker();
    settle();
    const auto queued = store().deliveries_in(DeliveryState::pending, {}, 0, 10);
    const auto received = messages(MessageState::queued);
    ASSERT_EQ(queued.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(queued[i].message, received[i].id);
    }
}

// --- the application's acknowledgement beside it (MSH-16)

void with_a_way_back(Settings& settings) {
    settings.partners.back().deliver.enabled = true;
    settings.partners.back().deliver.kind = Channel::mllp;
}

ReferralText asking(const std::string& when, const std::string& birth_date = "19540922") {
    return {.birth_date = birth_date, .accept_ack = "AL", .application_ack = when};
}

class ApplicationAcknowledgement : public test::PipelineTest {
protected:
    ApplicationAcknowledgement() { use(with_a_way_back); }

    std::vector<Delivery> to_sender() {
        return store().deliveries_in(DeliveryState::pending, "gp", 0, 10);
    }

    // MSA-1 of each that is sent for it.
    std::vector<std::string> codes() {
        std::vector<std::string> found;
        for (const Delivery& delivery : to_sender()) {
            found.push_back(msa_1(*store().delivery(delivery.id)->bytes));
        }
        return found;
    }
};

TEST_F(ApplicationAcknowledgement, GoesHomeAsAMessageOfItsOwnWithTheEffect) {
    EXPECT_EQ(msa_1(send(asking("AL"))), "CA");
    settle();
    const auto sent = to_sender();
    ASSERT_EQ(sent.size(), 1U);
    const std::string bytes = *store().delivery(sent[0].id)->bytes;
    const MessageHead head = scan_head(bytes);
    EXPECT_EQ(head.type, "ACK");
    EXPECT_EQ(head.event, "I12");
    EXPECT_EQ(head.control_id, sent[0].message);
    EXPECT_EQ(head.accept_ack, "AL");
    EXPECT_EQ(head.application_ack, "NE");
    EXPECT_EQ(head.receiving_application, "GPSYS");
    EXPECT_THAT(bytes, HasSubstr("\rMSA|AA|C-1"));
    EXPECT_EQ(sent[0].kind, DeliveryKind::mllp);

    // One for the referral, one for this; each with its own state.
    const auto both = messages(MessageState::queued);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].control_id, "C-1");
    EXPECT_EQ(store().deliveries_of(both[0].id).size(), 1U);
    EXPECT_EQ(both[1].id, sent[0].message);
    EXPECT_EQ(both[1].order_key, both[0].order_key);
    EXPECT_TRUE(is_traced(both[0].id, "acknowledged"));
}

TEST_F(ApplicationAcknowledgement, OfWhatIsQuarantinedSaysWhatIsWrong) {
    EXPECT_EQ(msa_1(send(asking("AL", "soon"))), "CA");
    settle();
    const auto sent = to_sender();
    ASSERT_EQ(sent.size(), 1U);
    const std::string bytes = *store().delivery(sent[0].id)->bytes;
    EXPECT_THAT(bytes, HasSubstr("\rMSA|AE|C-1"));
    EXPECT_THAT(bytes, HasSubstr("\rERR|"));
    // The message has no delivery of its own: a person can set it free.
    ASSERT_EQ(count(MessageState::quarantined), 1U);
    EXPECT_TRUE(store().deliveries_of(messages(MessageState::quarantined)[0].id).empty());
}

TEST_F(ApplicationAcknowledgement, ComesAgainWhereAPersonSetTheMessageFree) {
    const auto nowhere = [](Settings& settings) {
        with_a_way_back(settings);
        settings.partners.back().routes[0].when = "false";
    };
    use(nowhere);
    EXPECT_EQ(msa_1(send(asking("AL"))), "CA");
    settle();
    EXPECT_EQ(codes(), std::vector<std::string>{"AE"});
    use(with_a_way_back);
    const std::string id = messages(MessageState::quarantined).at(0).id;
    test::commit(store(), SetMessageState{id, MessageState::quarantined, MessageState::received});
    pipeline_->take_up_left(0min);
    while (pipeline_->left().is_under_way) {
        std::this_thread::yield();
    }
    EXPECT_EQ(codes(), (std::vector<std::string>{"AE", "AA"}));
}

TEST_F(ApplicationAcknowledgement, IsSentWhereTheSenderAsksForIt) {
    const auto codes_for = [this](const std::string& when, const std::string& id) {
        const std::size_t before = codes().size();
        for (const std::string birth : {"19540922", "soon"}) {
            ReferralText referral = asking(when, birth);
            referral.control_id = id + birth;
            referral.number = referral.control_id;
            EXPECT_EQ(msa_1(send(referral)), "CA");
        }
        settle();
        auto all = codes();
        return std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(before),
                                        all.end());
    };
    EXPECT_EQ(codes_for("AL", "1-"), (std::vector<std::string>{"AA", "AE"}));
    EXPECT_EQ(codes_for("SU", "2-"), std::vector<std::string>{"AA"});
    EXPECT_EQ(codes_for("ER", "3-"), std::vector<std::string>{"AE"});
    EXPECT_TRUE(codes_for("NE", "4-").empty());
    EXPECT_TRUE(codes_for("", "5-").empty());
}

TEST_F(ApplicationAcknowledgement, TakesThePlaceOfTheOtherWhereThatIsNotWanted) {
    EXPECT_EQ(msa_1(send(ReferralText{.accept_ack = "NE", .application_ack = "AL"})), "AA");
    settle();
    EXPECT_TRUE(to_sender().empty());
}

TEST_F(ApplicationAcknowledgement, IsNotSentOfWhatWasNotTaken) {
    ReferralText nameless = asking("AL");
    nameless.control_id = "";
    EXPECT_EQ(msa_1(send(nameless)), "CR");
    settle();
    EXPECT_TRUE(to_sender().empty());
}

TEST_F(ApplicationAcknowledgement, OfARepeatIsNotSentTwice) {
    const std::string answer = send(asking("AL"));
    settle();
    EXPECT_EQ(send(asking("AL")), answer);
    settle();
    EXPECT_EQ(to_sender().size(), 1U);
}

TEST_F(ApplicationAcknowledgement, WithoutADestinationIsMissedAloudAndTheReferralGoesOn) {
    use({});
    EXPECT_EQ(msa_1(send(asking("AL"))), "CA");
    settle();
    ASSERT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
    EXPECT_TRUE(is_traced(messages(MessageState::queued)[0].id, "not_acknowledged"));
}

TEST_F(ApplicationAcknowledgement, OfAMessageThatIsPassedOnSaysThatItIsQueued) {
    use([](Settings& settings) {
        with_a_way_back(settings);
        settings.partners.back().routes[0].pass = true;
        settings.partners.back().routes[0].head.message = {"REF^I12"};
    });
    EXPECT_EQ(msa_1(send(asking("AL"))), "CA");
    settle();
    EXPECT_EQ(codes(), std::vector<std::string>{"AA"});
    EXPECT_EQ(deliveries(), 2U);
}

TEST_F(ApplicationAcknowledgement, IsSentOnceOfWhatAFormerProcessLeft) {
    occupy_worker();
    EXPECT_EQ(msa_1(send(asking("AL"))), "CA");
    std::jthread stop([this] { lanes_->stop(); });
    while (lanes_->post("probe", [](const LaneHold&) {}) != Lanes::Posted::stopped) {
        std::this_thread::yield();
    }
    free_worker();
    stop.join();
    EXPECT_TRUE(to_sender().empty());
    restart();
    use(with_a_way_back);
    pipeline_->resume();
    while (pipeline_->left().is_under_way) {
        std::this_thread::yield();
    }
    EXPECT_EQ(codes(), std::vector<std::string>{"AA"});
}

// --- the deadline

TEST_F(PassageTest, PastItsDeadlineIsReceivedAndItsSenderAskedToAskAgain) {
    occupy_worker();
    const auto sent = start(plain);
    pass(3999ms);
    EXPECT_EQ(count(MessageState::received), 0U);
    pass(1ms);
    EXPECT_THAT(sent->wait(), StartsWith("- this message was received"));
    ASSERT_EQ(count(MessageState::received), 1U);
    EXPECT_EQ(deliveries(), 0U);
    free_worker();
    const std::string answer = send(plain);
    EXPECT_EQ(msa_1(answer), "AA");
    EXPECT_EQ(send(plain), answer);
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(PassageTest, PastItsDeadlineMayStillBeRefusedWhenItsSenderAsksAgain) {
    occupy_worker();
    const auto sent = start(faulty);
    pass(4s);
    EXPECT_THAT(sent->wait(), StartsWith("- this message was received"));
    free_worker();
    EXPECT_EQ(msa_1(send(faulty)), "AE");
    EXPECT_EQ(count(MessageState::error), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 0U);
    EXPECT_TRUE(concerns().empty());
}

TEST_F(PassageTest, AskedForAgainAndStillNotDoneIsToldSo) {
    occupy_worker();
    const auto sent = start(plain);
    pass(4s);
    sent->wait();
    const auto again = start(plain);
    pass(4s);
    EXPECT_THAT(again->wait(), HasSubstr("ask again"));
    free_worker();
    EXPECT_EQ(msa_1(send(plain)), "AA");
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(PassageTest, DoneInTimeHearsNothingOfItsDeadline) {
    EXPECT_EQ(msa_1(send(plain)), "AA");
    pass(4s);
    settle();
    EXPECT_EQ(audited("received"), 0U);
    EXPECT_EQ(count(MessageState::queued), 1U);
}

TEST_F(PassageTest, OfATaskIsDroppedAtItsDeadline) {
    occupy_worker();
    std::promise<ReplyOrFailure> answered;
    pipeline_->accept_task({.sender = {"clinic", AuthenticatedBy::client_certificate, "0b"},
                            .channel = "https",
                            .task = "t-1",
                            .version = 1,
                            .bytes = std::make_shared<const std::string>("{}")},
                           [&](ReplyOrFailure answer) { answered.set_value(std::move(answer)); });
    pass(4s);
    const ReplyOrFailure answer = answered.get_future().get();
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(answer.failure->category(), Category::unavailable);
    free_worker();
    settle();
    EXPECT_EQ(count(MessageState::received), 0U);
}

}  // namespace
}  // namespace gateway
