// Messages that come by HTTPS, through the whole gateway: what the sender is told, by status and by
// body, and what reaches the clinic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "gateway/base/text.h"
#include "tests/app/running_parts.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void let_surgery_use_https(const Stage& stage) {
    const std::string file = stage.config() + "/partners/gp.toml";
    std::string text = read_file(file);
    text.replace(text.find("[\"mllp\"]"), 8, "[\"mllp\", \"https\"]");
    std::ofstream(file) << text;
}

std::string header(const HttpResponse& response, std::string_view name) {
    return std::string{response.headers.find(name).value_or("")};
}

std::string body_of(const HttpResponse& response) {
    return response.body ? *response.body : std::string{};
}

class Intake : public testing::Test {
protected:
    HttpResponse post_hl7v2(const std::string& message,
                            const std::string& type = "application/hl7-v2") {
        HttpCall call{.method = "POST", .target = "/hl7v2", .body = make_body(message)};
        call.headers.set("Content-Type", type);
        call.headers.set("X-Request-Id", "0c6b6dcd-f2a2-4c1c-8a2d-9c4f9d8f7a11");
        return gateway_.call("gp", std::move(call));
    }

    std::string sample(const std::string& file) const {
        return read_file(gateway_.stage().assets + "/config/demo/messages/" + file);
    }

    GatewayHere gateway_{GatewaySeams{}, "", let_surgery_use_https};
};

std::string with_acknowledgements(std::string message, const std::string& accept,
                                  const std::string& application) {
    const std::size_t end = message.find('\r');
    std::vector<std::string> fields;
    for (const std::string_view field : split(std::string_view(message).substr(0, end), '|')) {
        fields.emplace_back(field);
    }
    fields.resize(std::max<std::size_t>(fields.size(), 16));
    fields[14] = accept;  // MSH-15: the first separator is MSH-1
    fields[15] = application;
    std::string head = fields[0];
    for (std::size_t i = 1; i < fields.size(); ++i) {
        head += "|" + fields[i];
    }
    return head + message.substr(end);
}

struct Hl7v2Case {
    std::string name;
    std::string file;
    std::string accept;
    std::string application;
    int status = 200;
    std::string msa_1;  // empty: no body
};

class Hl7v2Intake : public Intake, public testing::WithParamInterface<Hl7v2Case> {};

TEST_P(Hl7v2Intake, SaysTheSameByStatusAndByAcknowledgement) {
    const Hl7v2Case& given = GetParam();
    const HttpResponse answer =
        post_hl7v2(with_acknowledgements(sample(given.file), given.accept, given.application));
    EXPECT_EQ(answer.status, given.status) << body_of(answer);
    EXPECT_EQ(header(answer, "X-Request-Id"), "0c6b6dcd-f2a2-4c1c-8a2d-9c4f9d8f7a11");
    if (given.msa_1.empty()) {
        EXPECT_EQ(body_of(answer), "");
        return;
    }
    EXPECT_THAT(body_of(answer), StartsWith("MSH|"));
    EXPECT_THAT(body_of(answer), HasSubstr("\rMSA|" + given.msa_1 + "|"));
    EXPECT_EQ(header(answer, "Content-Type"), "application/hl7-v2");
}

INSTANTIATE_TEST_SUITE_P(
    Acknowledgements, Hl7v2Intake,
    testing::Values(Hl7v2Case{"Accepted", "second-sample.hl7", "", "", 200, "AA"},
                    Hl7v2Case{"Faulty", "must-be-refused.hl7", "", "", 500, "AE"},
                    Hl7v2Case{"AcceptedAtCommit", "must-be-refused.hl7", "AL", "NE", 200, "CA"},
                    Hl7v2Case{"AcceptedAndSilent", "second-sample.hl7", "NE", "NE", 204, ""},
                    Hl7v2Case{"FaultyAndSilent", "must-be-refused.hl7", "NE", "SU", 204, ""}),
    [](const auto& test) { return test.param.name; });

TEST_F(Intake, RejectsByStatusAMessageWithoutControlIdOrMap) {
    const HttpResponse nameless = post_hl7v2("MSH|^~\\&|A|B|C|D|2026||REF^I12||P|2.4\rPID|1\r");
    EXPECT_EQ(nameless.status, 400);
    EXPECT_THAT(body_of(nameless), HasSubstr("MSA|AR|"));
    const HttpResponse unmapped =
        post_hl7v2("MSH|^~\\&|A|B|C|D|2026||ZZZ^Z01|1|P|2.4\r", "x-application/hl7-v2+er7");
    EXPECT_EQ(unmapped.status, 400);
    EXPECT_THAT(body_of(unmapped), HasSubstr("MSA|AR|1"));
    EXPECT_EQ(header(unmapped, "Content-Type"), "x-application/hl7-v2+er7");
}

TEST_F(Intake, AnswersARepeatedMessageAsBeforeWhateverItsWay) {
    const std::string message = sample("second-sample.hl7");
    const HttpResponse first = post_hl7v2(message);
    const HttpResponse second = post_hl7v2(message, "application/hl7-v2; charset=UTF-8");
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(body_of(second), body_of(first));
    EXPECT_EQ(gateway_.send(message), body_of(first));
    const HttpResponse refused = post_hl7v2(sample("must-be-refused.hl7"));
    const HttpResponse again = post_hl7v2(sample("must-be-refused.hl7"));
    EXPECT_EQ(again.status, 500);
    EXPECT_EQ(body_of(again), body_of(refused));
}

TEST_F(Intake, TakesNothingButHl7v2AsItIs) {
    for (const char* type : {"text/plain", "application/fhir+json", "application/hl7-v2+xml",
                             "x-application/hl7-v2+xml"}) {
        const HttpResponse answer = post_hl7v2(sample("second-sample.hl7"), type);
        EXPECT_EQ(answer.status, 415) << type;
        EXPECT_THAT(body_of(answer), HasSubstr("OperationOutcome")) << type;
        EXPECT_EQ(header(answer, "X-Request-Id"), "0c6b6dcd-f2a2-4c1c-8a2d-9c4f9d8f7a11");
    }
    HttpCall packed{.method = "POST", .target = "/hl7v2", .body = make_body("\x1f\x8b")};
    packed.headers.set("Content-Type", "application/hl7-v2");
    packed.headers.set("Content-Encoding", "gzip");
    EXPECT_EQ(gateway_.call("gp", std::move(packed)).status, 415);
    const HttpResponse other = post_hl7v2("{}");
    EXPECT_EQ(other.status, 400);
    EXPECT_THAT(body_of(other), HasSubstr("OperationOutcome"));
    EXPECT_EQ(gateway_.call("gp", {.target = "/hl7v2"}).status, 405);
}

TEST_F(Intake, IsTracedAndCountedLikeAnyOther) {
    const HttpResponse answer = post_hl7v2(sample("second-sample.hl7"));
    ASSERT_EQ(answer.status, 200);
    const std::string id{split(body_of(answer), '|').at(9)};
    EXPECT_THAT(gateway_.ask_until("/trace/" + id, "routed").body, HasSubstr("from gp by https"));
    EXPECT_THAT(gateway_.ask("/metrics").body, HasSubstr("partner=\"gp\""));
}

}  // namespace
}  // namespace gateway
