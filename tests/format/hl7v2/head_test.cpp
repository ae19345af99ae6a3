#include "gateway/format/hl7v2/head.h"

#include <gtest/gtest.h>

#include "tests/format/hl7v2/messages.h"

namespace gateway {
namespace {

TEST(MessageHead, HoldsWhoWhatAndWhichPatient) {
    const MessageHead head = scan_head(message(
        {R"(MSH|^~\&|A\T\E^1.2^ISO|F|RA|RF|20260102030405+1000||REF^I12^REF_I12|M-1|P|2.4|||AL|NE||)"
         R"(UNICODE UTF-8|||HL7AU-OO-REF-201701^^1.2^ISO)",
         "PRD|RP", "PID|1||8003^^^AUSHIC&1.2.3&ISO^NI~2^^^X^MR||B"}));

    EXPECT_FALSE(head.fault);
    EXPECT_EQ(head.sending_application, "A&E");
    EXPECT_EQ(head.sending_application_field, R"(A\T\E^1.2^ISO)");
    EXPECT_EQ(head.sending_facility, "F");
    EXPECT_EQ(head.receiving_application, "RA");
    EXPECT_EQ(head.receiving_facility, "RF");
    EXPECT_EQ(head.sent_at, "20260102030405+1000");
    EXPECT_EQ(head.type, "REF");
    EXPECT_EQ(head.event, "I12");
    EXPECT_EQ(head.structure, "REF_I12");
    EXPECT_EQ(head.control_id, "M-1");
    EXPECT_EQ(head.processing_id, "P");
    EXPECT_EQ(head.version, "2.4");
    EXPECT_EQ(head.accept_ack, "AL");
    EXPECT_EQ(head.application_ack, "NE");
    EXPECT_TRUE(head.enhanced_mode());
    EXPECT_EQ(head.character_set, "UNICODE UTF-8");
    EXPECT_EQ(head.profile, "HL7AU-OO-REF-201701");
    ASSERT_TRUE(head.patient);
    EXPECT_EQ(head.patient->value, "8003");
    EXPECT_EQ(head.patient->assigner, "AUSHIC");
    EXPECT_EQ(head.patient->assigner_id, "1.2.3");
    EXPECT_EQ(head.patient->type, "NI");
}

TEST(MessageHead, HoldsTheControlIdWholeAndAsSent) {
    const auto id_in = [](std::string_view msh_10) {
        return scan_head(message({R"(MSH|^~\&|A|B|C|D|2026||REF^I12|)" + std::string{msh_10}}));
    };
    EXPECT_EQ(id_in("A^1~2&3").control_id, "A^1~2&3");
    EXPECT_EQ(id_in(R"(a\F\b)").control_id, "a|b");
    EXPECT_EQ(id_in(R"(a\F\b)").control_id_field, R"(a\F\b)");
    for (const std::string_view blank : {"", "  ", R"("")"}) {
        EXPECT_EQ(id_in(blank).control_id, "") << blank;
    }
}

TEST(MessageHead, ShowsItsTypeToPeopleOnlyWhereItIsOne) {
    const auto shown = [](std::string_view msh_9) {
        return shown_type(scan_head(message({R"(MSH|^~\&|A|B|C|D|2026||)" + std::string{msh_9}})));
    };
    EXPECT_EQ(shown("REF^I12^REF_I12"), "REF^I12");
    EXPECT_EQ(shown("ACK"), "ACK");
    for (const std::string_view other : {"", "Smith", "ADT^Smith", "adt^a08"}) {
        EXPECT_EQ(shown(other), "HL7 v2") << other;
    }
}

TEST(MessageHead, IsEmptyWhereTheMessageIs) {
    const MessageHead head = scan_head("MSH|^~\\&|A");

    EXPECT_FALSE(head.fault);
    EXPECT_EQ(head.sending_application, "A");
    EXPECT_TRUE(head.control_id.empty());
    EXPECT_FALSE(head.patient);
    EXPECT_FALSE(head.enhanced_mode());
}

TEST(MessageHead, TellsWhyThereIsNone) {
    const MessageHead head = scan_head("\xEF\xBB\xBFHTTP/1.1");
    ASSERT_TRUE(head.fault);
    EXPECT_EQ(head.fault->source, "MSH");
    EXPECT_EQ(head.fault->position, (Position{1, 4}));

    EXPECT_EQ(scan_head("MSH|^^|").fault->source, "MSH-2");
    EXPECT_EQ(scan_head("").fault->source, "MSH");
}

TEST(MessageHead, TakesOwnSeparatorsLineFeedsAndOtherCharacterSets) {
    const MessageHead head =
        scan_head("MSH:*%!+:A:B:C:D:2026::REF*I13:7\nEVN:1\nPID:::\xEB*x**Y+Z\n");

    EXPECT_EQ(head.event, "I13");
    ASSERT_TRUE(head.patient);
    EXPECT_EQ(head.patient->value, "ë");
    EXPECT_EQ(head.patient->assigner, "Y");
    EXPECT_EQ(head.patient->assigner_id, "Z");
}

TEST(MessageHead, DoesNotMistakeAnExplicitNullForAnIdentifier) {
    EXPECT_FALSE(scan_head(message({plain_msh, R"(PID|||"")"})).patient);
    EXPECT_FALSE(scan_head(message({plain_msh, "PID||x"})).patient);
}

std::string chosen(const std::string& pid_3) {
    const auto patient = scan_head(message({plain_msh, "PID|1||" + pid_3})).patient;
    return patient ? patient->value : "none";
}

TEST(ScanHead, ChoosesThePatientsNumberWhateverTheOrder) {
    const std::string nhs = "9990012008^^^NHS^NH";
    const std::string national = "N-1^^^MOH^NI";
    const std::string local = "P-1^^^SURGERY^PI";
    const std::string other = "A-1^^^HOSPITAL^MR";
    const std::string bare = "B-1";
    EXPECT_EQ(chosen(local + "~" + nhs + "~" + national), "9990012008");
    EXPECT_EQ(chosen(nhs + "~" + local), "9990012008");
    EXPECT_EQ(chosen(local + "~" + national), "N-1");
    EXPECT_EQ(chosen(national + "~" + local), "N-1");
    EXPECT_EQ(chosen(local + "~" + other), "A-1");
    EXPECT_EQ(chosen(other + "~" + local), "A-1");
    EXPECT_EQ(chosen(bare + "~" + local), "P-1");
    EXPECT_EQ(chosen(bare), "B-1");
    EXPECT_EQ(chosen(R"(""~)" + local), "P-1");
    EXPECT_EQ(chosen("~~" + local + "~"), "P-1");
}

TEST(ScanHead, KnowsAnNhsNumberByItsAssigner) {
    const auto digits = [](const std::string& pid_3) {
        return scan_head(message({plain_msh, "PID|1||" + pid_3})).patient->nhs_digits;
    };
    EXPECT_EQ(digits("9990012008^^^NHS^NH"), "9990012008");
    EXPECT_EQ(digits("999 001 2008^^^nhs"), "9990012008");
    EXPECT_EQ(digits("999-001-2008^^^X&2.16.840.1.113883.2.1.4.1&ISO^NH"), "9990012008");
    EXPECT_EQ(digits("9990012008^^^2.16.840.1.113883.2.1.4.1"), "9990012008");
    EXPECT_EQ(digits("9990012008^^^SURGERY^PI"), "");
    EXPECT_EQ(digits("999001200^^^NHS^NH"), "");
    EXPECT_EQ(digits("999001200X^^^NHS^NH"), "");
}

}  // namespace
}  // namespace gateway
