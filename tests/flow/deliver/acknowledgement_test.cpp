#include "gateway/flow/deliver/acknowledgement.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gateway {
namespace {

std::string answer(std::string_view msa) {
    return "MSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.4\r" + std::string{msa} + "\r";
}

AttemptResult judged(std::string_view msh_10, std::string_view reply) {
    const std::string sent =
        R"(MSH|^~\&|A|B|C|D|20260101||REF^I12|)" + std::string{msh_10} + "|P|2.4\r";
    return judge_acknowledgement(reply, sent_control_id(sent)).attempt.result;
}

struct IdCase {
    std::string_view msh_10;
    std::string_view msa_2;
    bool is_the_same;
};

TEST(Acknowledgement, IsOfTheMessageWhoseControlIdItNames) {
    constexpr std::array cases = {
        IdCase{"M1", "M1", true},
        IdCase{"M1", "M1 ", true},  // padded by the receiver
        IdCase{" M1", "M1", true},
        IdCase{"M1", "M2", false},
        IdCase{"M1", "", false},
        IdCase{"M1", "m1", false},
        IdCase{R"(a\F\b)", R"(a\F\b)", true},
        IdCase{R"(a\T\b)", R"(a\X26\b)", true},  // escaped in another way
        IdCase{"A^1", "A^1", true},
        IdCase{"A^1", "A^2", false},
        IdCase{"A^1", "A", false},
        IdCase{"\xE9"
               "1",
               "\xE9"
               "1",
               true},  // of no character set that is declared
    };
    for (const IdCase& each : cases) {
        EXPECT_EQ(judged(each.msh_10, answer("MSA|AA|" + std::string{each.msa_2})) ==
                      AttemptResult::delivered,
                  each.is_the_same)
            << each.msh_10 << " and " << each.msa_2;
    }
}

TEST(Acknowledgement, MayHaveSeparatorsOfItsOwn) {
    EXPECT_EQ(judged(R"(a\F\b)", "MSH#*%!+#A\rMSA#AA#a|b\r"), AttemptResult::delivered);
    EXPECT_EQ(judged("a#b", "MSH#*%!+#A\rMSA#AA#a!F!b\r"), AttemptResult::delivered);
}

TEST(Acknowledgement, HasOneResultForEachCode) {
    const std::vector<std::pair<std::string, AttemptResult>> cases = {
        {answer("MSA|AA|M1"), AttemptResult::delivered},
        {answer("MSA|CA|M1"), AttemptResult::delivered},
        {answer("MSA|AE|M1"), AttemptResult::failed},
        {answer("MSA|CE|M1"), AttemptResult::failed},
        {answer("MSA|AR|M1"), AttemptResult::refused},
        {answer("MSA|CR|M1"), AttemptResult::refused},
        {answer("MSA|aa|M1"), AttemptResult::failed},
        {answer("MSA|AA|M2"), AttemptResult::try_again},
        {answer("NTE|1"), AttemptResult::failed},
        {"AA M1", AttemptResult::failed},
        {"", AttemptResult::failed},
    };
    for (const auto& [reply, result] : cases) {
        EXPECT_EQ(judged("M1", reply), result) << reply;
    }
}

}  // namespace
}  // namespace gateway
