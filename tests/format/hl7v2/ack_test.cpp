#include "gateway/format/hl7v2/ack.h"

#include <gtest/gtest.h>

#include "gateway/format/hl7v2/reader.h"
#include "tests/format/hl7v2/messages.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

AckAnswer answer(AckCode code) {
    return {.code = code,
            .control_id = "R1",
            .now = Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s +
                           678ms}};
}

MessageHead head(std::string_view version, std::string_view control_id = "M1") {
    std::string msh{R"(MSH|^~\&|APP^1|FAC|RAPP|R\T\F|20260102||REF^I12^REF_I12|)"};
    msh.append(control_id).append("|T|").append(version);
    return scan_head(message({msh}));
}

Issues faults() {
    Issues issues;
    issues.add({.severity = Severity::error,
                .code = "required",
                .path = "ServiceRequest.subject",
                .text = "the patient has no identifier; fill PID-3 | or so",
                .source = "PID-3[2].4.1"});
    issues.add({.severity = Severity::warning,
                .code = "business-rule",
                .path = {},
                .text = "nobody takes this referral",
                .source = "config.toml"});
    issues.add({.severity = Severity::information, .code = "value", .path = {}, .text = "x"});
    return issues;
}

TEST(BuildAck, SwapsSenderAndReceiverAndNamesTheMessage) {
    EXPECT_EQ(build_ack(head("2.4"), answer(AckCode::aa)),
              "MSH|^~\\&|RAPP|R\\T\\F|APP^1|FAC|20260102030405.678+0000||ACK^I12^ACK|R1|T|2.4\r"
              "MSA|AA|M1\r");
}

TEST(BuildAck, NamesTheMessageByTheVeryBytesOfItsControlId) {
    EXPECT_NE(build_ack(head("2.4", R"(a\F\b^c~\X26\ )"), answer(AckCode::aa))
                  .find("\rMSA|AA|a\\F\\b^c~\\X26\\ \r"),
              std::string::npos);
}

TEST(BuildAck, TellsFaultsInErrSinceV25) {
    EXPECT_EQ(build_ack(head("2.5.1"), answer(AckCode::ae), faults()),
              "MSH|^~\\&|RAPP|R\\T\\F|APP^1|FAC|20260102030405.678+0000||ACK^I12^ACK|R1|T|2.5.1\r"
              "MSA|AE|M1\r"
              "ERR||PID^1^3^2^4^1|101^Required field missing^HL70357|E||||"
              "the patient has no identifier; fill PID-3 \\F\\ or so\r"
              "ERR|||207^Application internal error^HL70357|W||||nobody takes this referral\r");
}

TEST(BuildAck, TellsFaultsInMsa3AndErr1BeforeV25) {
    EXPECT_EQ(build_ack(head("2.3.1"), answer(AckCode::ar), faults()),
              "MSH|^~\\&|RAPP|R\\T\\F|APP^1|FAC|20260102030405.678+0000||ACK^I12^ACK|R1|T|2.3.1\r"
              "MSA|AR|M1|the patient has no identifier; fill PID-3 \\F\\ or so\r"
              "ERR|PID^1^3^101&Required field missing&HL70357\r"
              "ERR|^^^207&Application internal error&HL70357\r");
    EXPECT_NE(build_ack(head("2.3"), answer(AckCode::aa)).find("|ACK^I12|"), std::string::npos);
}

TEST(BuildAck, TakesTheCodeOfTheFailureWhereTheIssueGivesNone) {
    AckAnswer refused = answer(AckCode::ar);
    refused.err_3 = "200";
    Issues issues;
    issues.add({.code = "processing", .path = {}, .text = "no", .source = "OBX[2]-5"});

    const std::string ack = build_ack(head("2.6"), refused, issues);
    EXPECT_NE(ack.find("ERR||OBX^2^5^1|200^Unsupported message type^HL70357|E||||no\r"),
              std::string::npos)
        << ack;
}

TEST(BuildAck, AnswersAMessageThatCouldNotBeRead) {
    const MessageHead none = scan_head("garbage");
    Issues issues;
    issues.add(*none.fault);

    const std::string ack = build_ack(none, answer(AckCode::ar), issues);
    EXPECT_TRUE(ack.starts_with("MSH|^~\\&|||||20260102030405.678+0000||ACK|R1|P|2.5\rMSA|AR\r"))
        << ack;
    EXPECT_NO_THROW(read_message(ack));
}

TEST(BuildAck, SpeaksTheCharactersOfTheSender) {
    Issues issues;
    issues.add({.code = "value", .path = {}, .text = std::string(248, 'x') + "“é”"});
    const std::string utf8 =
        build_ack(scan_head("MSH|^~\\&|A|B|C|D|2026||REF^I12|1|P|2.5||||||UNICODE UTF-8\r"),
                  answer(AckCode::ae), issues);
    EXPECT_NE(utf8.find("|2.5||||||UNICODE UTF-8\r"), std::string::npos) << utf8;
    EXPECT_TRUE(utf8.ends_with("xx\r")) << "cut between characters";

    Issues short_text;
    short_text.add({.code = "value", .path = {}, .text = "é"});
    EXPECT_TRUE(build_ack(head("2.5"), answer(AckCode::ae), short_text).ends_with("|??\r"));
}

TEST(BuildAck, SaysWhichAcknowledgementsItAsksForItself) {
    AckAnswer asking = answer(AckCode::aa);
    asking.accept_ack = "AL";
    asking.application_ack = "NE";
    const std::string utf8 = build_ack(
        scan_head("MSH|^~\\&|A|B|C|D|2026||REF^I12|1|P|2.5|||AL|AL||UNICODE UTF-8\r"), asking);
    EXPECT_NE(utf8.find("|2.5|||AL|NE||UNICODE UTF-8\r"), std::string::npos) << utf8;
    const std::string plain = build_ack(head("2.5"), asking);
    EXPECT_NE(plain.find("|2.5|||AL|NE\r"), std::string::npos) << plain;
    const MessageHead read = scan_head(utf8);
    EXPECT_EQ(read.accept_ack, "AL");
    EXPECT_EQ(read.application_ack, "NE");
}

TEST(BuildAck, EchoesNoControlCharacters) {
    const std::string ack = build_ack(
        scan_head("MSH|^~\\&|A\x1C|B\x0B|C|D|2026||REF^I12|1\x1C|P|2.5"), answer(AckCode::aa));

    EXPECT_EQ(ack.find_first_of("\x1C\x0B"), std::string::npos);
    EXPECT_NE(ack.find("|A|B|"), std::string::npos);
}

TEST(BuildAck, KeepsOwnSeparatorsAndIsAMessageItself) {
    const std::string ack =
        build_ack(scan_head("MSH:*%!+:A!F!:B:C:D:2026::REF*I12*REF_I12:1!F!2:P:2.5\r"),
                  answer(AckCode::ae), faults());
    const Document document = read_message(ack);

    EXPECT_EQ(document.value(document.at(document.root(), {"MSA", "f2"})), "1:2");
    EXPECT_EQ(document.value(document.at(document.root(), {"MSH", "f5"})), "A:");
    EXPECT_EQ(document.child_value(document.at(document.root(), {"ERR", "f2"}), "c3"), "3");
    EXPECT_EQ(document.value(document.at(document.root(), {"ERR", "f8"})),
              "the patient has no identifier; fill PID-3 | or so");
}

}  // namespace
}  // namespace gateway
