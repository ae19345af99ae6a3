#include "gateway/flow/pipeline/duplicates.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/flow/pipeline/pipeline_fixture.h"

namespace gateway {
namespace {

using test::msa_1;
using test::ReferralText;
using testing::HasSubstr;

void accept_and_flag(Settings& settings) {
    settings.partners.back().duplicates.changed = ChangedDuplicate::accept_and_flag;
}

void bar(Settings& settings) {
    settings.partners.back().duplicates.same = SameDuplicate::bars;
}

void route_nowhere(Settings& settings) {
    settings.partners.back().routes[0].when = "false";
}

class Duplicates : public test::PipelineTest {};

// What is sent one after the other, and what each is answered.
struct Step {
    ReferralText referral;
    std::string answer;
};

struct Case {
    std::string name;
    test::ChangeSettings settings;
    std::vector<Step> steps;
    std::size_t deliveries = 0;
    std::size_t alarms = 0;
};

class DuplicateCase : public test::PipelineTest, public testing::WithParamInterface<Case> {};

const ReferralText first;
const ReferralText first_later = {.sent = "20260114110000+0000"};
const ReferralText second_under_its_id = {.number = "R-2", .patient = "P-2"};
const ReferralText faulty = {.birth_date = "soon"};
const ReferralText faulty_under_its_id = {.number = "R-2", .patient = "P-2", .birth_date = "soon"};

const std::vector<Case> cases = {
    {"ARepeatGetsTheStoredAnswer", {}, {{first, "AA"}, {first_later, "AA"}}, 1, 0},
    {"ARepeatIsBarred", bar, {{first, "AA"}, {first, "AE"}}, 1, 0},
    {"AReusedIdIsRefusedWithAnAlarm", {}, {{first, "AA"}, {second_under_its_id, "AE"}}, 1, 1},
    {"AReusedIdIsLetPassWithAnAlarm",
     accept_and_flag,
     {{first, "AA"}, {second_under_its_id, "AA"}},
     2,
     1},
    {"ARepeatOfWhatWasLetPassGetsTheStoredAnswer",
     accept_and_flag,
     {{first, "AA"}, {second_under_its_id, "AA"}, {second_under_its_id, "AA"}, {first, "AA"}},
     2,
     1},
    {"ARefusalUnderAReusedIdIsTold",
     accept_and_flag,
     {{first, "AA"}, {faulty_under_its_id, "AE"}, {first, "AA"}},
     1,
     1},
    {"ARefusalIsToldAgain", {}, {{faulty, "AE"}, {faulty, "AE"}}, 0, 0},
    {"ARefusalIsToldAgainWhereRepeatsAreBarred", bar, {{faulty, "AE"}, {faulty, "AE"}}, 0, 0},
    {"AMendedMessageMayKeepTheIdOfARefusedOne", {}, {{faulty, "AE"}, {first, "AA"}}, 1, 0},
    {"AMendedMessageHoldsTheIdFromThenOn",
     {},
     {{faulty, "AE"}, {first, "AA"}, {faulty, "AE"}, {first, "AA"}},
     1,
     1},
};

TEST_P(DuplicateCase, IsAnsweredAsThePartnersFileSays) {
    use(GetParam().settings);
    for (const Step& step : GetParam().steps) {
        EXPECT_EQ(msa_1(send(step.referral)), step.answer);
    }
    EXPECT_EQ(deliveries(), GetParam().deliveries);
    EXPECT_EQ(concerns().size(), GetParam().alarms);
    EXPECT_EQ(audited("control_id_reused"), GetParam().alarms);
}

INSTANTIATE_TEST_SUITE_P(Sequences, DuplicateCase, testing::ValuesIn(cases),
                         [](const auto& instance) { return instance.param.name; });

TEST_F(Duplicates, AreToldApartByTheStoredAnswer) {
    const std::string answer = send(first);
    EXPECT_EQ(send(first_later), answer);
    const std::string refusal = send(ReferralText{.control_id = "C-2", .birth_date = "soon"});
    EXPECT_EQ(send(ReferralText{.control_id = "C-2", .birth_date = "soon"}), refusal);
    EXPECT_EQ(count(MessageState::error), 1U);
}

TEST_F(Duplicates, OfWhatIsNoLongerKeptAreRefusedWithTheReason) {
    send(first);
    const std::string id = messages(MessageState::queued).at(0).id;
    const Delivery delivery = store().deliveries_of(id).at(0);
    Referral referral = store().referrals(delivery.referral).at(0);
    referral.status = TaskStatus::completed;
    UnitOfWork unit;
    unit.add(LeaseDelivery{delivery.id, delivery.lease, delivery.created, delivery.created});
    unit.add(FinishDelivery{delivery.id, delivery.lease + 1, DeliveryState::delivered, "200"});
    unit.add(SetMessageState{id, MessageState::queued, MessageState::sent});
    unit.add(PutReferral{referral, referral.version});
    unit.add(DestroyPayloadKeys{id, delivery.created});
    test::commit(store(), std::move(unit));
    const std::string answer = send(first);
    EXPECT_EQ(msa_1(answer), "AE");
    EXPECT_THAT(answer, HasSubstr("taken before as " + id + "; answer no longer kept\r"));
    EXPECT_EQ(deliveries(), 0U);
}

TEST_F(Duplicates, WithAnotherContentLeaveTheirFlagInAuditAndTrace) {
    use(accept_and_flag);
    send(first);
    send(second_under_its_id);
    const auto messages = this->messages(MessageState::queued);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_FALSE(is_traced(messages[0].id, "flagged"));
    EXPECT_TRUE(is_traced(messages[1].id, "flagged"));
    ASSERT_EQ(concerns().size(), 1U);
    EXPECT_EQ(concerns()[0].kind, ConcernKind::control_id_reused);
    EXPECT_EQ(concerns()[0].partner, "gp");
    EXPECT_EQ(concerns()[0].message, messages[1].id);
    EXPECT_THAT(concerns()[0].text, HasSubstr(messages[0].id));
}

TEST_F(Duplicates, OfARefusalAreJudgedAnewUnderOtherSettings) {
    use(route_nowhere);
    EXPECT_EQ(msa_1(send(first)), "AE");
    EXPECT_EQ(msa_1(send(first)), "AE");
    EXPECT_EQ(count(MessageState::error), 1U);
    use({});
    EXPECT_EQ(msa_1(send(first)), "AA");
    EXPECT_EQ(msa_1(send(first)), "AA");
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(Duplicates, OfAnAcceptedMessageAreNotJudgedAnewUnderOtherSettings) {
    EXPECT_EQ(msa_1(send(first)), "AA");
    use(route_nowhere);
    EXPECT_EQ(msa_1(send(first)), "AA");
    EXPECT_EQ(count(MessageState::error), 0U);
}

TEST_F(Duplicates, CannotBeToldWithoutAControlIdSoItIsRefusedForTheRecord) {
    const std::string answer = send(ReferralText{.control_id = ""});
    EXPECT_EQ(msa_1(answer), "AR");
    EXPECT_THAT(answer, HasSubstr("MSH-10"));
    EXPECT_EQ(msa_1(send(ReferralText{.control_id = ""})), "AR");
    ASSERT_EQ(count(MessageState::error), 2U);
    EXPECT_EQ(audited("refused"), 2U);
    EXPECT_TRUE(is_traced(messages(MessageState::error)[0].id, "refused"));
}

TEST_F(Duplicates, OfBytesThatAreNoMessageAreNotKept) {
    EXPECT_EQ(msa_1(send("GET / HTTP/1.1\r\r")).substr(0, 1), "-");
    EXPECT_EQ(count(MessageState::error), 0U);
}

}  // namespace
}  // namespace gateway
