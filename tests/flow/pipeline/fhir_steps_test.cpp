#include "gateway/flow/pipeline/fhir_steps.h"

#include <gmock/gmock.h>

#include <thread>

#include "gateway/base/text.h"
#include "tests/flow/pipeline/pipeline_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string referral() {
    return read_file(PAINBRIDGE_ROOT "/config/demo/messages/fhir-referral.json");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string faulty() {
    return replaced(referral(), "female", "lady");
}

Message described(const std::string& bytes, const std::string& idempotency = {}) {
    Message message;
    message.channel = "https";
    message.sender.partner = "gp";
    message.bytes = std::make_shared<const std::string>(bytes);
    describe_fhir(message, *test::make_snapshot(), idempotency);
    return message;
}

TEST(FhirHead, NamesTheMessageByWhatItsSenderGave) {
    EXPECT_EQ(described(referral()).duplicate_key, "bundle|5f0c1f5e-6a0b-4b35-9f53-2b7f2f5c9a01");
    EXPECT_EQ(
        described(replaced(referral(), "\"id\": \"5f0c1f5e-6a0b-4b35-9f53-2b7f2f5c9a01\",", ""))
            .duplicate_key,
        "header|0b6b4f0e-51a7-4a53-8d5d-64a1f0a2ce02");
    EXPECT_EQ(described(referral(), "k").duplicate_key, "idempotency|k");
    const Message nameless = described(R"({"resourceType": "Bundle", "type": "message",
                      "entry": [{"resource": {"resourceType": "MessageHeader"}}]})");
    EXPECT_EQ(nameless.duplicate_key, "");
    EXPECT_THROW(need_message_id(nameless), Failure);
}

TEST(FhirHead, OrdersByThePatientWhoeverRendersIt) {
    const std::string order = described(referral()).order_key;
    EXPECT_EQ(described(replaced(referral(), "P-88213", "P\\u002d88213")).order_key, order);
    EXPECT_NE(described(replaced(referral(), "P-88213", "P-88214")).order_key, order);
    EXPECT_EQ(
        described(replaced(referral(), "\"value\": \"P-88213\"", "\"use\": \"old\"")).order_key,
        "https:gp");
}

using FhirPassage = test::PipelineTest;

TEST_F(FhirPassage, LeavesWhatEveryMessageLeaves) {
    EXPECT_THAT(start_fhir(referral())->wait(), HasSubstr("\"code\":\"ok\""));
    const auto queued = messages(MessageState::queued);
    ASSERT_EQ(queued.size(), 1U);
    EXPECT_EQ(queued[0].content_type, "application/fhir+json");
    EXPECT_EQ(store().message(queued[0].id)->digest, sha256(referral()));
    EXPECT_EQ(audited("accepted"), 1U);
    for (const char* stage : {"accepted", "decoded", "validated", "routed"}) {
        EXPECT_TRUE(is_traced(queued[0].id, stage)) << stage;
    }
    const auto pending = store().deliveries_in(DeliveryState::pending, {}, 0, 10);
    ASSERT_EQ(pending.size(), 1U);
    EXPECT_EQ(*store().delivery(pending[0].id)->bytes, referral());
    EXPECT_EQ(store().referrals("9d8f2c34-7f0b-4a46-9f86-d0a2d81c3e03").size(), 1U);
}

TEST_F(FhirPassage, IsKeptAndAskedForAgainPastItsDeadline) {
    occupy_worker();
    const auto sent = start_fhir(referral());
    pass(4s);
    EXPECT_THAT(sent->wait(), HasSubstr("still being processed"));
    EXPECT_EQ(count(MessageState::received), 1U);
    free_worker();
    settle();
    EXPECT_THAT(start_fhir(referral())->wait(), HasSubstr("\"code\":\"ok\""));
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(FhirPassage, IsTakenUpAfterACrash) {
    use([](Settings& settings) { settings.partners.back().acknowledge = AcknowledgeAt::commit; });
    occupy_worker();
    EXPECT_THAT(start_fhir(referral())->wait(), HasSubstr("received as message"));
    EXPECT_THAT(start_fhir(faulty(), "another")->wait(), HasSubstr("received as message"));
    ASSERT_EQ(count(MessageState::received), 2U);
    // Another process on the same store.
    Lanes lanes(1, 100);
    Pipeline other(parts_on(lanes), test::make_snapshot());
    other.resume();
    while (count(MessageState::received) > 0) {
        std::this_thread::yield();
    }
    lanes.stop();
    EXPECT_EQ(count(MessageState::queued), 1U);
    EXPECT_EQ(count(MessageState::quarantined), 1U);
    EXPECT_EQ(deliveries(), 1U);
    free_worker();
    settle();
    EXPECT_EQ(concerns().size(), 1U);
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(FhirPassage, OpensNoLoopWhereNoTaskAsksForTheRequest) {
    EXPECT_THAT(start_fhir(replaced(referral(), "\"requested\"", "\"draft\""))->wait(),
                HasSubstr("\"code\":\"ok\""));
    EXPECT_TRUE(store().referrals("9d8f2c34-7f0b-4a46-9f86-d0a2d81c3e03").empty());
    EXPECT_EQ(deliveries(), 1U);
}

TEST_F(FhirPassage, GivesOneTaskToOnePerformerOnly) {
    use([](Settings& settings) {
        Partner second = settings.partners.front();
        second.id = "community";
        settings.partners.insert(settings.partners.begin() + 1, second);
        settings.partners.back().routes.front().to = {"clinic", "community"};
    });
    EXPECT_THAT(start_fhir(referral())->wait(), HasSubstr("one performer"));
    EXPECT_EQ(count(MessageState::error), 1U);
    EXPECT_EQ(deliveries(), 0U);
}

TEST_F(FhirPassage, RefusesAReferralWhoseLoopIsOpen) {
    start_fhir(referral())->wait();
    const std::string cancelled =
        replaced(replaced(referral(), "5f0c1f5e", "5f0c1f5f"), "\"active\"", "\"revoked\"");
    EXPECT_THAT(start_fhir(cancelled)->wait(), HasSubstr("has been received before"));
    EXPECT_EQ(deliveries(), 1U);
}

}  // namespace
}  // namespace gateway
