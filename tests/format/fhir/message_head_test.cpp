#include "gateway/format/fhir/message_head.h"

#include <gtest/gtest.h>

#include <vector>

namespace gateway {
namespace {

const std::string referral = R"({
  "resourceType": "Bundle", "id": "b-1", "type": "message", "timestamp": "2026-03-01T12:00:00Z",
  "entry": [
    {"fullUrl": "urn:uuid:1", "resource": {
      "id": "h-1", "text": {"div": "<div>\"}]{\\</div>"},
      "eventCoding": {"system": "https://example.org/events", "code": "servicerequest-request"},
      "destination": [{"name": "x", "endpoint": "one"}, {"endpoint": "two"}],
      "sender": {"reference": "urn:uuid:9", "identifier": {"value": "A1"}},
      "source": {"endpoint": "https://gp.example/fhir", "version": "1"},
      "resourceType": "MessageHeader"}},
    {"resource": {"resourceType": "Patient", "name": [{"family": "x"}]}},
    {"resource": {"resourceType": "Patient", "id": "p", "identifier": [
      {"system": "no value"}, {"value": "943\u002d476\ud83d\ude00", "system": "nhs"}]}},
    {"resource": {"resourceType": "Patient", "identifier": [{"value": "another"}]}}
  ]})";

std::string with(std::string from, const std::string& to) {
    std::string text = referral;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(MessageHead, SaysWhoAndWhatAndWhichPatient) {
    const FhirMessageHead head = scan_message_head(referral);
    ASSERT_FALSE(head.fault) << head.fault->text;
    EXPECT_EQ(head.bundle, "b-1");
    EXPECT_EQ(head.id, "h-1");
    EXPECT_EQ(head.event_system, "https://example.org/events");
    EXPECT_EQ(head.event, "servicerequest-request");
    EXPECT_FALSE(head.is_event_uri);
    EXPECT_EQ(head.source, "https://gp.example/fhir");
    EXPECT_EQ(head.destinations, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(head.sender, "A1");
    ASSERT_TRUE(head.patient);
    EXPECT_EQ(head.patient->system, "nhs");
    EXPECT_EQ(head.patient->value, "943-476\xF0\x9F\x98\x80");
}

TEST(MessageHead, TakesAnEventThatIsAUri) {
    const FhirMessageHead head = scan_message_head(
        with("\"eventCoding\": {\"system\": \"https://example.org/events\", \"code\": "
             "\"servicerequest-request\"}",
             "\"eventUri\": \"urn:example:event\""));
    EXPECT_EQ(head.event, "urn:example:event");
    EXPECT_TRUE(head.is_event_uri);
}

TEST(MessageHead, NeedsAMessage) {
    const std::vector<std::string> others = {
        "",
        "MSH|^~\\&|",
        "[]",
        "\"Bundle\"",
        "{}",
        R"({"resourceType": "Patient"})",
        with("\"message\"", "\"transaction\""),
        with("\"MessageHeader\"", "\"Patient\""),
        with("\"type\": \"message\"", "\"type\": 1"),
        R"({"resourceType": "Bundle", "type": "message"})",
        R"({"resourceType": "Bundle", "type": "message", "entry": [{"resource": null}]})"};
    for (const std::string& text : others) {
        const FhirMessageHead head = scan_message_head(text);
        EXPECT_TRUE(head.fault) << text;
        EXPECT_TRUE(head.bundle.empty());
    }
}

TEST(MessageHead, RefusesANameThatStandsTwice) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"\"id\": \"b-1\"", "\"id\": \"b-1\", \"\\u0069d\": \"b-2\""},
             {"\"id\": \"h-1\"", "\"id\": \"h-1\", \"id\": \"h-2\""},
             {"\"endpoint\": \"one\"", "\"endpoint\": \"one\", \"endpoint\": \"two\""}}) {
        const FhirMessageHead head = scan_message_head(with(from, to));
        ASSERT_TRUE(head.fault) << to;
        EXPECT_GT(head.fault->position.line, 0U);
    }
}

// Every cut and every changed byte: an answer or a fault, never a hang or a byte too far.
TEST(MessageHead, StandsWhateverComes) {
    for (std::size_t size = 0; size < referral.size(); ++size) {
        EXPECT_TRUE(scan_message_head(std::string_view(referral).substr(0, size)).fault) << size;
    }
    for (std::size_t at = 0; at < referral.size(); ++at) {
        for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', '\0', 'x'}) {
            std::string text = referral;
            text[at] = c;
            const FhirMessageHead head = scan_message_head(text);
            EXPECT_TRUE(head.fault || head.bundle.size() <= referral.size());
        }
    }
    EXPECT_TRUE(scan_message_head(std::string(1'000'000, '[')).fault);
    EXPECT_TRUE(scan_message_head("{\"entry\":" + std::string(1'000'000, '[')).fault);
}

}  // namespace
}  // namespace gateway
