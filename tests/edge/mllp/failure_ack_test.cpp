#include "gateway/edge/mllp/failure_ack.h"

#include <gtest/gtest.h>

#include "gateway/format/hl7v2/head.h"

namespace gateway {
namespace {

constexpr std::string_view message =
    "MSH|^~\\&|A|B|C|D|20260101||REF^I12^REF_I12|7|P|2.5.1\rPID|1\r";

std::string ack_for(Category category) {
    return failure_ack(message, Failure(category, "told"), "id", {});
}

TEST(FailureAck, SaysWhetherToSendAgain) {
    EXPECT_NE(ack_for(Category::unavailable).find("\rMSA|AE|7"), std::string::npos);
    EXPECT_NE(ack_for(Category::unsupported_media).find("\rMSA|AR|7"), std::string::npos);
    EXPECT_NE(ack_for(Category::unavailable).find("told"), std::string::npos);
}

TEST(FailureAck, AnswersTheSenderInItsVersion) {
    const MessageHead head = scan_head(ack_for(Category::fault));
    EXPECT_EQ(head.receiving_application, "A");
    EXPECT_EQ(head.sending_application, "C");
    EXPECT_EQ(head.version, "2.5.1");
}

TEST(FailureAck, SaysNothingToWhatIsNoMessage) {
    EXPECT_TRUE(failure_ack("GET / HTTP/1.1", Failure(Category::fault, "x"), "id", {}).empty());
}

}  // namespace
}  // namespace gateway
