#include "gateway/format/hl7v2/ack_demand.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gateway {
namespace {

// HL7 v2.8.2 chapter 2.9.2.1: in original mode as with MSH-15 = NE and MSH-16 = AL.
struct Case {
    std::string accept;       // MSH-15
    std::string application;  // MSH-16
    bool is_enhanced;
    std::string wanted_accept;       // of CA CE CR, those that the sender wants
    std::string wanted_application;  // of AA AE AR
};

const std::vector<Case> cases = {
    {"", "", false, "", "AA AE AR"},
    {"NE", "AL", true, "", "AA AE AR"},
    {"", "AL", true, "", "AA AE AR"},
    {"NE", "NE", true, "", ""},
    {"AL", "", true, "CA CE CR", ""},
    {"AL", "NE", true, "CA CE CR", ""},
    {"AL", "AL", true, "CA CE CR", "AA AE AR"},
    {"ER", "SU", true, "CE CR", "AA"},
    {"SU", "ER", true, "CA", "AE AR"},
    {"XX", "NE", true, "CA CE CR", ""},
};

std::string wanted(AckCondition condition, const std::vector<AckCode>& codes) {
    std::string words;
    for (const AckCode code : codes) {
        if (is_wanted(condition, code)) {
            words += (words.empty() ? "" : " ") + std::string(to_string(code));
        }
    }
    return words;
}

class AckDemandCase : public testing::TestWithParam<Case> {};

TEST_P(AckDemandCase, FollowsTable0155) {
    MessageHead head;
    head.accept_ack = GetParam().accept;
    head.application_ack = GetParam().application;
    const AckDemand demand = ack_demand(head);
    EXPECT_EQ(demand.is_enhanced, GetParam().is_enhanced);
    EXPECT_EQ(wanted(demand.accept, {AckCode::ca, AckCode::ce, AckCode::cr}),
              GetParam().wanted_accept);
    EXPECT_EQ(wanted(demand.application, {AckCode::aa, AckCode::ae, AckCode::ar}),
              GetParam().wanted_application);
}

INSTANTIATE_TEST_SUITE_P(Fields, AckDemandCase, testing::ValuesIn(cases));

TEST(AckDemand, HasAWordOfItsOwnForEachOutcome) {
    EXPECT_EQ(accept_code(AckCode::aa), AckCode::ca);
    EXPECT_EQ(accept_code(AckCode::ae), AckCode::ce);
    EXPECT_EQ(accept_code(AckCode::ar), AckCode::cr);
}

}  // namespace
}  // namespace gateway
