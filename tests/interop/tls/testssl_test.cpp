// testssl.sh (Debian) against the gateway's two doors for partners: it must find nothing of weight.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"
#include "tests/interop/running_gateway.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

// What a private authority cannot have.
struct Exception {
    std::string_view id;
    std::string_view reason;
};

constexpr std::array exceptions{
    Exception{
        "cert_revocation",
        "the test's authority publishes no list of revoked certificates; a partner is removed "
        "by its entry in the gateway's configuration"},
};

constexpr std::array weighty{"MEDIUM", "HIGH", "CRITICAL", "FATAL"};

struct Finding {
    std::string id;
    std::string severity;
    std::string text;
};

class Testssl : public testing::Test {
protected:
    Testssl() {
        gateway_.start();
        // Version 3.0 knows no client certificates: its OpenSSL brings one along.
        openssl_ =
            files_.write("openssl",
                         "#!/bin/sh\nif [ \"$1\" = s_client ]; then\n  shift\n"
                         "  exec " +
                             program_path("openssl") + " s_client -cert " +
                             gateway_.tls("clinic.pem") + " -key " + gateway_.tls("clinic.key") +
                             " \"$@\"\nfi\nexec " + program_path("openssl") + " \"$@\"\n");
        std::filesystem::permissions(openssl_, std::filesystem::perms::owner_all);
    }

    std::vector<Finding> scan(std::uint16_t port, const std::string& sections) {
        const std::string file = files_.file("findings.json");
        const CommandResult result = run_command(
            program_path("testssl") + " --quiet --color 0 --warnings off --nodns none --openssl " +
                openssl_ + " --add-ca " + gateway_.tls("ca.pem") + " --jsonfile " + file + " " +
                sections + " https://localhost:" + std::to_string(port),
            std::chrono::seconds(170));
        screen_ = result.output;
        const Document document =
            read_json(std::make_shared<const std::string>(R"({"all":)" + read_file(file) + "}"),
                      std::make_shared<const NameTable>(), {.dialect = JsonDialect::plain});
        std::vector<Finding> findings;
        for (const NodeId one : document.children(document.root(), "all")) {
            findings.push_back({std::string{document.child_value(one, "id")},
                                std::string{document.child_value(one, "severity")},
                                std::string{document.child_value(one, "finding")}});
        }
        return findings;
    }

    static bool is_excepted(const Finding& finding) {
        return std::ranges::find(exceptions, finding.id, &Exception::id) != exceptions.end();
    }

    void expect_nothing_above_low(const std::vector<Finding>& findings) const {
        for (const Finding& finding : findings) {
            const bool weighs = std::ranges::find(weighty, finding.severity) != weighty.end();
            EXPECT_TRUE(!weighs || is_excepted(finding))
                << finding.severity << " " << finding.id << ": " << finding.text;
        }
    }

    // That it looked at all.
    void expect_finding(const std::vector<Finding>& findings, std::string_view id,
                        std::string_view severity) const {
        const auto found = std::ranges::find(findings, id, &Finding::id);
        ASSERT_NE(found, findings.end()) << id << "\n" << screen_;
        EXPECT_EQ(found->severity, severity) << id << ": " << found->text;
    }

    void expect_good_ground(const std::vector<Finding>& findings) const {
        expect_nothing_above_low(findings);
        for (const std::string_view id :
             {"SSLv2", "SSLv3", "TLS1_2", "TLS1_3", "PFS", "heartbleed", "CCS", "ROBOT",
              "secure_client_renego", "CRIME_TLS", "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST",
              "RC4", "cert_chain_of_trust"}) {
            expect_finding(findings, id, "OK");
        }
        for (const std::string_view id : {"TLS1", "TLS1_1"}) {
            expect_finding(findings, id, "INFO");  // not offered
        }
    }

    ScratchFolder files_;
    RunningGateway gateway_;
    std::string openssl_;
    std::string screen_;
};

constexpr const char* of_tls = "-p -s -f -P -S -U";

TEST_F(Testssl, FindsNothingAboveLowAtTheHttpsDoor) {
    expect_good_ground(scan(gateway_.stage().ports.https, std::string(of_tls) + " -h"));
}

TEST_F(Testssl, FindsNothingAboveLowAtTheMllpDoor) {
    expect_good_ground(scan(gateway_.stage().ports.mllp, of_tls));
}

}  // namespace
}  // namespace gateway
