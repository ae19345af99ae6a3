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

struct Mode {
    std::string accept;       // MSH-15
    std::string application;  // MSH-16
    std::string answer;       // to what may be sent again; empty: the connection is closed
};

class FailureAckMode : public testing::TestWithParam<Mode> {};

TEST_P(FailureAckMode, SpeaksAsMsh15And16Ask) {
    const std::string enhanced = "MSH|^~\\&|A|B|C|D|20260101||REF^I12|7|P|2.5.1|||" +
                                 GetParam().accept + "|" + GetParam().application + "\rPID|1\r";
    const std::string ack = failure_ack(enhanced, Failure(Category::unavailable, "told"), "id", {});
    const std::size_t at = ack.find("\rMSA|");
    EXPECT_EQ(at == std::string::npos ? ack : ack.substr(at + 5, 2), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(Modes, FailureAckMode,
                         testing::Values(Mode{"", "", "AE"}, Mode{"AL", "NE", "CE"},
                                         Mode{"ER", "AL", "CE"}, Mode{"SU", "AL", ""},
                                         Mode{"NE", "AL", "AE"}, Mode{"NE", "SU", ""},
                                         Mode{"NE", "NE", ""}));

}  // namespace
}  // namespace gateway
