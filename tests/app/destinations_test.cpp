// One message to several destinations, mapped or as it came, through the whole gateway to partners
// behind real TLS.
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>

#include "gateway/base/text.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/format/json/reader.h"
#include "gateway/net/http_server.h"
#include "gateway/net/mllp_server.h"
#include "tests/app/running_parts.h"

namespace gateway {
namespace {

constexpr std::chrono::seconds patience{20};

// What partners got, in order of arrival.
class Arrivals {
public:
    void add(const std::string& where, const std::string& bytes) {
        const std::lock_guard lock(mutex_);
        of_[where].push_back(bytes);
        changed_.notify_all();
    }

    // Once there are so many, or after the longest wait.
    std::vector<std::string> await(const std::string& where, std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return of_[where].size() >= count; });
        return of_[where];
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::vector<std::string>> of_;
};

std::shared_ptr<const TlsContext> tls_of(const Stage& stage) {
    const std::string tls = stage.folder + "/tls/";
    return TlsContext::server({.certificate_chain = tls + "clinic.pem",
                               .private_key = tls + "clinic.key",
                               .authorities = tls + "ca.pem"},
                              ClientCertificates::required);
}

std::string ack_to(const std::string& message) {
    return "MSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.4\rMSA|AA|" +
           std::string{split(message.substr(0, message.find('\r')), '|').at(9)} + "\r";
}

// A second partner over HTTPS and one over MLLP beside the demo's clinic; the surgery's routes are
// `routes`.
void add_partners(const Stage& stage, const std::string& routes, std::uint16_t archive_port) {
    const std::string partners = stage.config() + "/partners/";
    std::string community = read_file(partners + "clinic.toml");
    community.replace(community.find("id = \"clinic\""), 13, "id = \"community\"");
    community.replace(community.find("clinic.demo.example"), 19, "community.demo.example");
    community.replace(community.find("/fhir"), 5, "/community");
    std::ofstream(partners + "community.toml") << community;
    std::string gp = read_file(partners + "gp.toml");
    const std::size_t deliver = gp.find("[deliver]");
    std::string archive = gp.substr(deliver);
    archive.replace(archive.find(std::to_string(stage.ports.gp)),
                    std::to_string(stage.ports.gp).size(), std::to_string(archive_port));
    std::ofstream(partners + "archive.toml")
        << "id = \"archive\"\nname = \"Archive\"\nrole = \"clinic\"\n"
        << archive.substr(0, archive.find("[answer]"));
    const std::size_t route = gp.find("[[route]]");
    gp.replace(route, gp.find("# Where its answers go", route) - route, routes);
    std::ofstream(partners + "gp.toml") << gp;
}

class Destinations : public testing::Test {
protected:
    void start(const std::string& routes) {
        gateway_ = std::make_unique<GatewayHere>(
            GatewaySeams{}, "", [&](const Stage& stage) { open_partners(stage, routes); });
    }

    void open_partners(const Stage& stage, const std::string& routes) {
        archive_ = std::make_unique<MllpServer>(
            std::vector<Reactor*>{&io_[0]},
            MllpServerSettings{.address = {"127.0.0.1", 0}, .tls = tls_of(stage)},
            [this](const MllpMessage& message, const MllpReply& reply) {
                arrivals_.add("archive", *message.bytes);
                reply.send(ack_to(*message.bytes));
            });
        HttpServerSettings settings;
        settings.address = {"127.0.0.1", stage.ports.clinic};
        settings.tls = tls_of(stage);
        clinic_ = std::make_unique<HttpServer>(
            std::vector<Reactor*>{&io_[0]}, std::move(settings),
            [this](const HttpRequest& request, const HttpReply& reply) {
                content_types_.add(request.target,
                                   std::string{request.headers.find("Content-Type").value_or("")});
                arrivals_.add(request.target, *request.body);
                reply.send({.status = 200});
            });
        add_partners(stage, routes, archive_->port());
    }

    static Document bundle_in(const std::string& json) {
        auto names = std::make_shared<NameTable>();
        add_schema_names(*names);
        return read_json(std::make_shared<const std::string>(json), names);
    }

    IoThreads io_{1};
    Arrivals arrivals_;
    Arrivals content_types_;
    std::unique_ptr<MllpServer> archive_;
    std::unique_ptr<HttpServer> clinic_;
    std::unique_ptr<GatewayHere> gateway_;
};

const std::string pass_to_both =
    "[[route]]\npass = true\nmessage = [\"REF^I12\", \"ZZZ\"]\n"
    "to = [\"archive\", \"clinic\"]\nreason = \"both keep the original\"\n\n";

TEST_F(Destinations, GetTheVeryBytesOfAMessageThatIsPassedOn) {
    start(pass_to_both);
    // Bytes of no character set, a segment of nobody's, no patient: nothing behind the head counts.
    const std::string message =
        "MSH|^~\\&|GP|S|HUB|R|20260301120000||ZZZ^Z01|77|P|2.4\rZZ1|\xff\xfe|\\X0\\||\r\nPID\r";
    const std::string ack = gateway_->send(message);
    EXPECT_NE(ack.find("MSA|AA|77"), std::string::npos) << ack;
    EXPECT_EQ(arrivals_.await("archive", 1), std::vector<std::string>{message});
    EXPECT_EQ(arrivals_.await("/fhir", 1), std::vector<std::string>{message});
    EXPECT_EQ(content_types_.await("/fhir", 1),
              std::vector<std::string>{"x-application/hl7-v2+er7"});
}

TEST_F(Destinations, GetAMessageOnceHoweverOftenItIsSent) {
    start(pass_to_both);
    const std::string ack = gateway_->send_sample("second-sample.hl7");
    EXPECT_EQ(gateway_->send_sample("second-sample.hl7"), ack);
    EXPECT_EQ(gateway_->send("MSH|^~\\&|GP|S|HUB|R|1||ZZZ^Z01|78|P|2.4\r").find("MSA|AE"),
              std::string::npos);
    EXPECT_EQ(arrivals_.await("archive", 2).size(), 2U);
}

TEST_F(Destinations, AreTheRulesOfTheHeadWhereAMessageIsPassedOn) {
    start("[[route]]\npass = true\nmessage = [\"ZZZ\"]\nto = \"archive\"\nreason = \"r\"\n\n");
    const std::string ack = gateway_->send_sample("second-sample.hl7");
    EXPECT_NE(ack.find("MSA|AE"), std::string::npos) << ack;
    EXPECT_NE(ack.find("no route passes this message on"), std::string::npos) << ack;
}

TEST_F(Destinations, OfOneReferralGetATaskEach) {
    start("[[route]]\nto = [\"clinic\", \"community\"]\nreason = \"stepped care\"\n\n");
    const std::string ack = gateway_->send_sample("second-sample.hl7");
    ASSERT_NE(ack.find("MSA|AA"), std::string::npos) << ack;
    const auto clinic = arrivals_.await("/fhir/$process-message", 1);
    const auto community = arrivals_.await("/community/$process-message", 1);
    ASSERT_EQ(clinic.size(), 1U);
    ASSERT_EQ(community.size(), 1U);
    const Document first = bundle_in(clinic[0]);
    const Document second = bundle_in(community[0]);
    const auto id_of = [](const Document& bundle, std::string_view type) {
        for (const NodeId entry : bundle.children(bundle.root(), "entry")) {
            const NodeId resource = bundle.child(entry, "resource");
            if (bundle.resource_type(resource) == type) {
                return std::string{bundle.child_value(resource, "id")};
            }
        }
        return std::string{};
    };
    for (const std::string_view own : {"Task", "MessageHeader", "Provenance"}) {
        EXPECT_FALSE(id_of(first, own).empty()) << own;
        EXPECT_NE(id_of(first, own), id_of(second, own)) << own;
        EXPECT_EQ(community[0].find(id_of(first, own)), std::string::npos) << own;
    }
    for (const std::string_view shared : {"ServiceRequest", "Patient"}) {
        EXPECT_EQ(id_of(first, shared), id_of(second, shared)) << shared;
    }
    EXPECT_NE(community[0].find("\"owner\":{\"type\":\"Organization\",\"display\":\""),
              std::string::npos);
    const std::string trace =
        gateway_->ask_until("/trace/" + id_of(first, "ServiceRequest"), "to community").body;
    EXPECT_NE(trace.find("to clinic: stepped care"), std::string::npos) << trace;
    EXPECT_NE(trace.find("to community: stepped care"), std::string::npos) << trace;
}

}  // namespace
}  // namespace gateway
