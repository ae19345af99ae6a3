#include "gateway/flow/pipeline/performers.h"

#include <gmock/gmock.h>

#include "tests/flow/pipeline/pipeline_fixture.h"

namespace gateway {
namespace {

using test::msa_1;
using test::ReferralText;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// One referral to two performers, whose answers the referrer wants to hear.
class TwoPerformers : public test::PipelineTest {
protected:
    TwoPerformers() {
        use([](Settings& settings) {
            Partner community = settings.partners.front();
            community.id = "community";
            community.role = PartnerRole::community;
            community.deliver.url = "https://community.example/fhir";
            settings.partners.insert(settings.partners.begin(), community);
            Partner& gp = settings.partners.back();
            gp.routes[0].to = {"clinic", "community"};
            gp.deliver.enabled = true;
            gp.deliver.kind = Channel::mllp;
            gp.answer.hears = {AnswerEvent::accepted, AnswerEvent::declined};
        });
        EXPECT_EQ(msa_1(send(ReferralText{})), "AA");
        for (const Delivery& delivery : pending("clinic")) {
            loops_ = store().referrals(delivery.referral);
        }
    }

    std::vector<Delivery> pending(const std::string& destination) {
        return store().deliveries_in(DeliveryState::pending, destination, 0, 10);
    }

    std::string task_of(const std::string& performer) const {
        for (const Referral& loop : loops_) {
            if (loop.destination == performer) {
                return loop.task;
            }
        }
        return "none";
    }

    // The Task with this in place of its status; the category of the refusal, or "taken".
    std::string answer(const std::string& by, const std::string& task, const std::string& status) {
        const auto stored = store().resource("Task", task);
        std::string json = *stored->bytes;
        const std::string before = R"("status":"requested")";
        const std::size_t at = json.find(before);
        EXPECT_NE(at, std::string::npos) << json;
        json.replace(at, before.size(), status);
        std::promise<ReplyOrFailure> answered;
        pipeline_->accept_task({.sender = {by, AuthenticatedBy::client_certificate, "0b"},
                                .channel = "https",
                                .task = task,
                                .version = stored->version,
                                .bytes = std::make_shared<const std::string>(json)},
                               [&](ReplyOrFailure reply) { answered.set_value(std::move(reply)); });
        const ReplyOrFailure reply = answered.get_future().get();
        return reply.reply ? "taken" : reply.failure->external();
    }

    std::vector<Referral> loops_;
};

TEST_F(TwoPerformers, HaveATaskEach) {
    ASSERT_EQ(loops_.size(), 2U);
    EXPECT_EQ(pending("clinic").size(), 1U);
    EXPECT_EQ(pending("community").size(), 1U);
    EXPECT_NE(task_of("clinic"), task_of("community"));
    EXPECT_NE(task_of("clinic"), "none");
    EXPECT_NE(task_of("community"), "none");
}

TEST_F(TwoPerformers, EachAnswerComesHomeForItself) {
    EXPECT_EQ(answer("clinic", task_of("clinic"), R"("status":"accepted")"), "taken");
    ASSERT_EQ(pending("gp").size(), 1U);
    EXPECT_EQ(answer("community", task_of("community"),
                     R"("status":"rejected","statusReason":{"text":"no room"})"),
              "taken");
    const auto home = pending("gp");
    ASSERT_EQ(home.size(), 2U);
    std::vector<std::string> states;
    std::vector<std::string> control_ids;
    for (const Delivery& delivery : home) {
        EXPECT_EQ(delivery.title, "RRI^I12");
        EXPECT_EQ(delivery.referral, loops_[0].id);
        EXPECT_EQ(delivery.order_key, home[0].order_key);
        const std::string bytes = *store().delivery(delivery.id)->bytes;
        const std::size_t at = bytes.find("\rRF1|");
        ASSERT_NE(at, std::string::npos) << bytes;
        states.push_back(bytes.substr(at + 5, 1));
        EXPECT_THAT(bytes, HasSubstr("R-1"));
    }
    EXPECT_THAT(states, UnorderedElementsAre("A", "R"));
    std::vector<std::string> ends;
    for (const Referral& loop : store().referrals(loops_[0].id)) {
        ends.push_back(loop.destination + " " + std::string(to_string(loop.status)));
    }
    EXPECT_THAT(ends, UnorderedElementsAre("clinic accepted", "community rejected"));
}

TEST_F(TwoPerformers, NoneAnswersForTheOther) {
    EXPECT_NE(answer("community", task_of("clinic"), R"("status":"accepted")"), "taken");
    EXPECT_TRUE(pending("gp").empty());
    EXPECT_EQ(answer("clinic", task_of("clinic"), R"("status":"accepted")"), "taken");
}

// --- the order key, which keeps the messages of one patient in order

class OrderKey : public test::PipelineTest {
protected:
    std::string of(const std::string& pid_3, const std::string& partner = "gp") {
        std::string bytes = test::hl7v2({});
        const std::string before = "P-1^^^SURGERY^PI";
        bytes.replace(bytes.find(before), before.size(), pid_3);
        Message message;
        message.channel = "mllp";
        message.sender.partner = partner;
        message.bytes = std::make_shared<const std::string>(bytes);
        describe_message(message, *pipeline_->snapshot());
        return message.order_key;
    }
};

TEST_F(OrderKey, IsTheSameInWhateverOrderTheNumbersOfAPatientCome) {
    const std::string nhs = "9990012008^^^NHS^NH";
    const std::string local = "P-1^^^SURGERY^PI";
    EXPECT_EQ(of(nhs + "~" + local), of(local + "~" + nhs));
    EXPECT_EQ(of(local + "~A-1^^^WARD^MR"), of("A-1^^^WARD^MR~" + local));
    // Two systems of one sender, each with a number of its own beside the patient's.
    EXPECT_EQ(of(local + "~" + nhs), of("L-7^^^LAB^PI~999 001 2008^^^NHSNBR"));
    EXPECT_EQ(of(nhs), of("9990012008^^^X&2.16.840.1.113883.2.1.4.1&ISO"));
}

TEST_F(OrderKey, IsAnotherOneForAnotherPatientOrPartner) {
    EXPECT_NE(of("P-1^^^SURGERY^PI"), of("P-2^^^SURGERY^PI"));
    EXPECT_NE(of("P-1^^^SURGERY^PI"), of("P-1^^^WARD^PI"));
    EXPECT_NE(of("9990012008^^^NHS"), of("9990012016^^^NHS"));
    EXPECT_NE(of("9990012008^^^NHS"), of("9990012008^^^NHS", "clinic"));
    EXPECT_EQ(of(""), "mllp:gp");
}

}  // namespace
}  // namespace gateway
