// `openssl s_client` as a referrer that writes its MLLP frames by hand, and as one that is too old.
#include <gtest/gtest.h>

#include "tests/interop/running_gateway.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

const std::string root = PAINBRIDGE_ROOT;
const std::string samples = root + "/config/demo/messages/";

class OpensslClient : public testing::Test {
protected:
    OpensslClient() { gateway_.start(); }

    CommandResult send(const std::string& files, const std::string& options = {}) const {
        return run_command(root + "/tests/interop/peers/mllp_by_hand.sh " +
                           std::to_string(gateway_.stage().ports.mllp) + " " +
                           gateway_.tls("ca.pem") + " " + gateway_.tls("gp.pem") + " " +
                           gateway_.tls("gp.key") + " " + files + " -- " + options);
    }

    RunningGateway gateway_;
};

TEST_F(OpensslClient, SendsMessagesByHandAndGetsTheirAcknowledgements) {
    const CommandResult result =
        send(samples + "referral-with-letter.hl7 " + samples + "must-be-refused.hl7");
    EXPECT_EQ(result.status, 0) << result.output;
    const std::size_t accepted = result.output.find("\nMSA|AA|");
    const std::size_t refused = result.output.find("\nMSA|AE|");
    ASSERT_NE(accepted, std::string::npos) << result.output;
    ASSERT_NE(refused, std::string::npos) << result.output;
    EXPECT_LT(accepted, refused);
    EXPECT_EQ(gateway_.messages(), 2U);
}

TEST_F(OpensslClient, MaySpeakTlsOneTwo) {
    const CommandResult result = send(samples + "referral-with-letter.hl7", "-tls1_2");
    EXPECT_NE(result.output.find("\nMSA|AA|"), std::string::npos) << result.output;
}

TEST_F(OpensslClient, IsRefusedWithAnOlderTls) {
    const CommandResult result =
        send(samples + "referral-with-letter.hl7", "-tls1_1 -cipher DEFAULT@SECLEVEL=0");
    EXPECT_NE(result.status, 0);
    EXPECT_NE(result.output.find("alert protocol version"), std::string::npos) << result.output;
    ASSERT_EQ(gateway_.complaints().size(), 1U) << gateway_.log();
    EXPECT_NE(gateway_.complaints().front().find("must speak TLS 1.2 or 1.3"), std::string::npos);
    EXPECT_EQ(gateway_.messages(), 0U);
}

}  // namespace
}  // namespace gateway
