// FHIR messages that come by $process-message, through the whole gateway: what the sender is told,
// and what reaches the clinic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"
#include "gateway/net/http_server.h"
#include "tests/app/running_parts.h"

namespace gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds patience{20};
constexpr const char* task_path = "/fhir/Task/7e5a3c1d-0f9b-4d27-b6c8-1a2b3c4d5e06";

struct Arrival {
    std::string target;
    std::string content_type;
    std::string body;
};

// What the partners' servers got, in order.
class Arrivals {
public:
    void add(const HttpRequest& request) {
        const std::lock_guard lock(mutex_);
        all_.push_back({request.target,
                        std::string{request.headers.find("Content-Type").value_or("")},
                        *request.body});
        changed_.notify_all();
    }

    // Once there are so many, or after the longest wait.
    std::vector<Arrival> await(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return all_.size() >= count; });
        return all_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Arrival> all_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The surgery speaks FHIR, both ways; `edit` changes its file further.
void let_surgery_speak_fhir(const Stage& stage,
                            const std::vector<std::pair<std::string, std::string>>& edits) {
    const std::string file = stage.config() + "/partners/gp.toml";
    std::string text = replaced(read_file(file), "[\"mllp\"]", "[\"mllp\", \"https\"]");
    text = replaced(
        text, "kind = \"mllp\"\nurl = \"mllps://localhost:" + std::to_string(stage.ports.gp) + "\"",
        "kind = \"https\"\nurl = \"https://localhost:" + std::to_string(stage.ports.clinic) +
            "/gp\"");
    for (const auto& [from, to] : edits) {
        text = replaced(text, from, to);
    }
    std::ofstream(file) << text;
}

std::string header(const HttpResponse& response, std::string_view name) {
    return std::string{response.headers.find(name).value_or("")};
}

std::string body_of(const HttpResponse& response) {
    return response.body ? *response.body : std::string{};
}

using Headers = std::vector<std::pair<std::string, std::string>>;

class FhirIntake : public testing::Test {
protected:
    void start(const std::vector<std::pair<std::string, std::string>>& edits = {},
               const GatewaySeams& seams = {}) {
        gateway_ = std::make_unique<GatewayHere>(seams, "", [&](const Stage& stage) {
            open_clinic(stage);
            let_surgery_speak_fhir(stage, edits);
        });
        sample_ = read_file(gateway_->stage().assets + "/config/demo/messages/fhir-referral.json");
    }

    void open_clinic(const Stage& stage) {
        const std::string tls = stage.folder + "/tls/";
        HttpServerSettings settings;
        settings.address = {"127.0.0.1", stage.ports.clinic};
        settings.tls = TlsContext::server({.certificate_chain = tls + "clinic.pem",
                                           .private_key = tls + "clinic.key",
                                           .authorities = tls + "ca.pem"},
                                          ClientCertificates::required);
        clinic_ = std::make_unique<HttpServer>(
            std::vector<Reactor*>{&io_[0]}, std::move(settings),
            [this](const HttpRequest& request, const HttpReply& reply) {
                arrivals_.add(request);
                reply.send({.status = 200});
            });
    }

    HttpResponse post(const std::string& message, const Headers& headers = {},
                      const std::string& target = "/fhir/$process-message") {
        HttpCall call{.method = "POST", .target = target, .body = make_body(message)};
        call.headers.set("Content-Type", "application/fhir+json");
        for (const auto& [name, value] : headers) {
            call.headers.set(name, value);
        }
        return gateway_->call("gp", std::move(call));
    }

    static Document read(const std::string& json) {
        return read_json(std::make_shared<const std::string>(json),
                         std::make_shared<const NameTable>());
    }

    IoThreads io_{1};
    Arrivals arrivals_;
    std::unique_ptr<HttpServer> clinic_;
    std::unique_ptr<GatewayHere> gateway_;
    std::string sample_;
};

TEST_F(FhirIntake, CarriesTheVeryBytes) {
    start();
    const HttpResponse answer = post(sample_, {{"X-Request-Id", "r-1"}});
    ASSERT_EQ(answer.status, 200) << body_of(answer);
    EXPECT_EQ(header(answer, "Content-Type"), "application/fhir+json");
    EXPECT_EQ(header(answer, "X-Request-Id"), "r-1");
    const auto arrivals = arrivals_.await(1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals[0].target, "/fhir/$process-message");
    EXPECT_EQ(arrivals[0].content_type, "application/fhir+json");
    EXPECT_EQ(arrivals[0].body, sample_);
}

TEST_F(FhirIntake, AnswersWithAMessageThatIsValid) {
    start();
    const HttpResponse answer = post(sample_);
    const auto snapshot = load_definitions();
    const Document response = read_json(answer.body, snapshot.names);
    const Issues issues = snapshot.validator->validate(response, response.root());
    EXPECT_FALSE(issues.has_errors()) << issues[0].path << ": " << issues[0].text;
    const NodeId header =
        response.at(response.children(response.root(), "entry").at(0), {"resource"});
    EXPECT_EQ(response.resource_type(header), "MessageHeader");
    const NodeId answered = response.child(header, "response");
    EXPECT_EQ(response.child_value(answered, "code"), "ok");
    EXPECT_EQ(response.child_value(answered, "identifier"), "0b6b4f0e-51a7-4a53-8d5d-64a1f0a2ce02");
    EXPECT_EQ(response.child_value(response.child(header, "eventCoding"), "code"),
              "servicerequest-request");
    EXPECT_EQ(response.child_value(response.child(header, "destination"), "endpoint"),
              "https://gp.demo.example/fhir");
}

struct FaultyCase {
    std::string name;
    std::string from;
    std::string to;
    int status = 0;
    std::string said;
};

class FaultyFhir : public FhirIntake, public testing::WithParamInterface<FaultyCase> {};

TEST_P(FaultyFhir, IsRefusedWithItsReasonAndGoesNowhere) {
    const FaultyCase& given = GetParam();
    start();
    const std::string message = replaced(sample_, given.from, given.to);
    const HttpResponse answer = post(message);
    EXPECT_EQ(answer.status, given.status) << body_of(answer);
    EXPECT_THAT(body_of(answer), HasSubstr("\"resourceType\":\"OperationOutcome\""));
    EXPECT_THAT(body_of(answer), HasSubstr(given.said));
    EXPECT_THAT(body_of(answer), Not(HasSubstr("Okafor")));
    const HttpResponse again = post(message);
    EXPECT_EQ(again.status, answer.status);
    EXPECT_EQ(body_of(again), body_of(answer));
    // The next one arrives first.
    EXPECT_EQ(post(sample_).status, 200);
    EXPECT_EQ(arrivals_.await(1).at(0).body, sample_);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FaultyFhir,
    testing::Values(
        FaultyCase{"UnknownCode", "\"female\"", "\"lady\"", 400, "Bundle.entry[3].resource.gender"},
        FaultyCase{"NoSuchDate", "\"1971-06\"", "\"1971-16\"", 400, "line 59, column 22"},
        FaultyCase{"BrokenJson", "\"priority\":", "\"priority\"", 400, "line 30, column 20"},
        FaultyCase{"Cut", "\"unit\": \"score\"}", "", 400, "\"structure\""},
        FaultyCase{"NoMessage", "\"type\": \"message\"", "\"type\": \"collection\"", 400,
                   "Bundle.type must be message"},
        FaultyCase{"UnknownElement", "\"intent\": \"order\"", "\"intend\": \"order\"", 400,
                   "intend"},
        FaultyCase{"OtherResource", "\"ServiceRequest\"", "\"Basic\"", 400, "Basic"},
        FaultyCase{"IdOfOthers", "\"id\": \"7e5a3c1d-0f9b-4d27-b6c8-1a2b3c4d5e06\"",
                   "\"id\": \"task-1\"", 422, "UUID"}),
    [](const auto& test) { return test.param.name; });

TEST_F(FhirIntake, RefusesWhatNoRuleRoutesWithTheNearest) {
    start({{"ofType(ServiceRequest).exists()", "ofType(CarePlan).exists()"}});
    const HttpResponse answer = post(sample_);
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(body_of(answer), HasSubstr("ofType(CarePlan)"));
}

TEST_F(FhirIntake, AsksForWhatHttpDemands) {
    start();
    EXPECT_EQ(post(sample_, {{"Content-Type", "application/fhir+xml"}}).status, 415);
    EXPECT_EQ(post(sample_, {{"Content-Type", "application/fhir+json; fhirVersion=5.0"}}).status,
              415);
    EXPECT_EQ(post(sample_, {{"Content-Encoding", "gzip"}}).status, 415);
    EXPECT_EQ(post(sample_, {{"Accept", "application/fhir+xml, text/html"}}).status, 406);
    EXPECT_EQ(post(sample_, {{"Accept", "application/fhir+json;q=0"}}).status, 406);
    EXPECT_EQ(post(sample_, {{"Idempotency-Key", "a b"}}).status, 400);
    EXPECT_EQ(post(sample_, {}, "/fhir/$process-message?async=true").status, 400);
    EXPECT_EQ(gateway_->call("gp", {.target = "/fhir/$process-message"}).status, 405);
    const HttpResponse large = post(std::string((16U << 20U) + 1, ' '));
    EXPECT_EQ(large.status, 413);
    EXPECT_THAT(body_of(large), HasSubstr("OperationOutcome"));
    const HttpResponse fine = post(sample_, {{"Accept", "text/html, application/*;q=0.5"}});
    EXPECT_EQ(fine.status, 200) << body_of(fine);
}

TEST_F(FhirIntake, TakesNothingOnAFullDisk) {
    start({}, {.disk = [] { return std::optional(DiskSpace{.used_bytes = 99, .free_bytes = 1}); }});
    const HttpResponse answer = post(sample_);
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(header(answer, "Retry-After").empty());
}

TEST_F(FhirIntake, AnswersARepeatedMessageAsBefore) {
    start();
    const HttpResponse first = post(sample_);
    const HttpResponse second = post(sample_);
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(body_of(second), body_of(first));
    const HttpResponse other = post(replaced(sample_, "7.50", "7.51"));
    EXPECT_EQ(other.status, 409);
    EXPECT_THAT(body_of(other), HasSubstr("\"duplicate\""));
    EXPECT_THAT(body_of(other), HasSubstr("Bundle.id was used before"));
    EXPECT_EQ(arrivals_.await(1).size(), 1U);
}

TEST_F(FhirIntake, AnswersARepeatedMessageAsBarsWantsIt) {
    start({{"[answer]", "[duplicates]\nsame = \"bars\"\n\n[answer]"}});
    const HttpResponse first = post(sample_);
    EXPECT_EQ(first.status, 200);
    EXPECT_THAT(body_of(first),
                HasSubstr("\"identifier\":\"5f0c1f5e-6a0b-4b35-9f53-2b7f2f5c9a01\""));
    const HttpResponse second = post(sample_);
    EXPECT_EQ(second.status, 409);
    EXPECT_THAT(body_of(second), HasSubstr("\"code\":\"duplicate\""));
}

TEST_F(FhirIntake, KnowsARepeatByItsIdempotencyKey) {
    start();
    const HttpResponse first = post(sample_, {{"Idempotency-Key", "\"k-1\""}});
    ASSERT_EQ(first.status, 200);
    const HttpResponse second = post(sample_, {{"Idempotency-Key", "k-1"}});
    EXPECT_EQ(body_of(second), body_of(first));
    // Rendered anew by a client that tries again: another Bundle.id, the same key.
    const HttpResponse third =
        post(replaced(sample_, "5f0c1f5e", "5f0c1f5f"), {{"Idempotency-Key", "k-1"}});
    EXPECT_EQ(third.status, 409);
    EXPECT_THAT(body_of(third), HasSubstr("Idempotency-Key was used before"));
    // Another key does not open the loop of a referral a second time.
    const HttpResponse fourth = post(sample_, {{"Idempotency-Key", "k-2"}});
    EXPECT_EQ(fourth.status, 409);
    EXPECT_THAT(body_of(fourth), HasSubstr("this referral has been received before"));
    EXPECT_EQ(arrivals_.await(1).size(), 1U);
}

TEST_F(FhirIntake, AnswersEarlyAndSaysWhereToAsk) {
    start();
    const HttpResponse answer = post(sample_, {{"Prefer", "return=minimal, respond-async"}});
    ASSERT_EQ(answer.status, 202) << body_of(answer);
    EXPECT_EQ(header(answer, "Preference-Applied"), "respond-async");
    const std::string place = header(answer, "Content-Location");
    ASSERT_THAT(place, HasSubstr("/fhir/message-status/"));
    EXPECT_EQ(arrivals_.await(1).at(0).body, sample_);
    EXPECT_EQ(gateway_->call("gp", {.target = place}).status, 200);
    EXPECT_EQ(gateway_->call("clinic", {.target = place}).status, 404);
    const HttpResponse again = post(sample_);
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(header(again, "Content-Location"), place);
}

TEST_F(FhirIntake, QuarantinesWhatItAnsweredEarlyAndCannotSendOn) {
    start({{"time_zone", "acknowledge = \"commit\"\ntime_zone"}});
    const HttpResponse answer = post(replaced(sample_, "\"female\"", "\"lady\""));
    ASSERT_EQ(answer.status, 202) << body_of(answer);
    EXPECT_EQ(header(answer, "Preference-Applied"), "");
    const std::string place = header(answer, "Content-Location");
    const std::string id = place.substr(place.rfind('/') + 1);
    EXPECT_THAT(gateway_->ask_until("/trace/" + id, "quarantined").body, HasSubstr("quarantined"));
    EXPECT_THAT(body_of(gateway_->call("gp", {.target = place})), HasSubstr("\"warning\""));
    EXPECT_THAT(gateway_->ask_until("/metrics", "quarantine").body, HasSubstr("quarantine"));
}

TEST_F(FhirIntake, PassesOnByTheHeadAlone) {
    start({{"[[route]]",
            "[[route]]\npass = true\nevent = [\"https://fhir.nhs.uk/CodeSystem/message-events-bars|"
            "servicerequest-request\"]\nsource = [\"https://gp.demo.example/fhir\"]\n"
            "to = \"clinic\"\nreason = \"as it came\"\n\n[[route]]"}});
    // Nothing behind the head is looked at: no such gender, no such resource, no UTF-8.
    const std::string odd =
        replaced(replaced(sample_, "\"female\"", "\"lady\""), "\"Observation\"", "\"Obser\xff\"");
    const HttpResponse answer = post(odd);
    ASSERT_EQ(answer.status, 200) << body_of(answer);
    const auto arrivals = arrivals_.await(1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals[0].target, "/fhir/$process-message");
    EXPECT_EQ(arrivals[0].body, odd);
    // Another event is for the rules below.
    EXPECT_EQ(
        post(replaced(replaced(odd, "servicerequest-request", "other"), "5f0c1f5e", "5f0c1f5f"))
            .status,
        400);
}

TEST_F(FhirIntake, ClosesTheLoopOfAReferral) {
    start();
    ASSERT_EQ(post(sample_).status, 200);
    arrivals_.await(1);
    gateway_->ask_until("/trace/9d8f2c34-7f0b-4a46-9f86-d0a2d81c3e03", "nobody has accepted it");
    const HttpResponse task = gateway_->call("clinic", {.target = task_path});
    ASSERT_EQ(task.status, 200) << body_of(task);
    HttpCall put{.method = "PUT",
                 .target = task_path,
                 .body = make_body(replaced(body_of(task), "\"status\":\"received\"",
                                            "\"status\":\"accepted\""))};
    put.headers.set("Content-Type", "application/fhir+json");
    put.headers.set("If-Match", header(task, "ETag"));
    const HttpResponse moved = gateway_->call("clinic", std::move(put));
    ASSERT_EQ(moved.status, 200) << body_of(moved);
    const auto arrivals = arrivals_.await(2);
    ASSERT_EQ(arrivals.size(), 2U);
    EXPECT_EQ(arrivals[1].target, "/gp/$process-message");
    const auto engines = load_definitions();
    const Document news =
        read_json(std::make_shared<const std::string>(arrivals[1].body), engines.names);
    const Issues issues = engines.validator->validate(news, news.root());
    EXPECT_FALSE(issues.has_errors()) << issues[0].path << ": " << issues[0].text;
    EXPECT_THAT(arrivals[1].body, HasSubstr("\"status\":\"accepted\""));
    EXPECT_THAT(arrivals[1].body,
                HasSubstr("\"identifier\":\"0b6b4f0e-51a7-4a53-8d5d-64a1f0a2ce02\""));
    EXPECT_THAT(body_of(gateway_->call("gp", {.target = task_path})),
                HasSubstr("\"status\":\"accepted\""));
}

TEST_F(FhirIntake, NeverTouchesAnothersResources) {
    start();
    ASSERT_EQ(post(sample_).status, 200);
    // A new referral with the Task of the first.
    std::string thief = replaced(sample_, "5f0c1f5e", "5f0c1f5f");
    for (int i = 0; i < 4; ++i) {
        thief = replaced(thief, "9d8f2c34-", "9d8f2c35-");
    }
    const HttpResponse answer = post(thief);
    EXPECT_EQ(answer.status, 409) << body_of(answer);
    EXPECT_THAT(body_of(answer), HasSubstr("Task.id"));
}

}  // namespace
}  // namespace gateway
