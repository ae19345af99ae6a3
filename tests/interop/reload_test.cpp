// A running gateway is given other certificates and other partners (SIGHUP) while its partners are
// connected, with real processes and real TLS.
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/app/twin/endpoint.h"
#include "gateway/base/text.h"
#include "gateway/net/certificate_maker.h"
#include "gateway/net/http_server.h"
#include "tests/net/held.h"
#include "tests/net/raw_peer.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

const std::string root = PAINBRIDGE_ROOT;

std::string new_folder() {
    std::string path =
        (std::filesystem::temp_directory_path() / "painbridge-reload-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    return path;
}

std::string framed(const std::string& file) {
    return "\x0B" + read_file(root + "/config/demo/messages/" + file) + "\x1C\r";
}

class ReloadTest : public testing::Test {
protected:
    ReloadTest() : stage_(set_stage(new_folder(), root)), authority_("Reload CA") {
        authority_.write_certificate(tls(), "ca");
        issue("gateway");
        issue("gp");
        issue("clinic");
    }

    void SetUp() override {
        gateway_ = std::make_unique<Child>(
            "gateway", PAINBRIDGE_PROGRAM,
            std::vector<std::string>{"serve", "--config", stage_.config()}, stage_.log("gateway"));
        ASSERT_TRUE(gateway_->wait_for(
            [](const std::string& line) { return line.starts_with("ready"); }, 30s))
            << read_file(stage_.log("gateway"));
    }

    void TearDown() override {
        gateway_.reset();
        if (!HasFailure()) {
            std::filesystem::remove_all(stage_.folder);
        }
    }

    std::string tls() const { return stage_.folder + "/tls"; }

    // With a new key each time.
    void issue(const std::string& name) const {
        authority_.issue_files({.common_name = name + ".demo.example",
                                .dns_names = {name + ".demo.example", "localhost"},
                                .ips = {"127.0.0.1"}},
                               tls(), name);
    }

    RawPeer connect(const std::string& who, std::uint16_t port) const {
        return {port, *TlsContext::client({.certificate_chain = tls() + "/" + who + ".pem",
                                           .private_key = tls() + "/" + who + ".key",
                                           .authorities = tls() + "/ca.pem"})};
    }

    RawPeer gp() const { return connect("gp", stage_.ports.mllp); }

    RawPeer clinic() const { return connect("clinic", stage_.ports.https); }

    // Tells the gateway to reload and waits until its log says what became of that.
    std::string reload(const std::string& event) {
        const std::string log = stage_.log("gateway");
        const std::size_t before = read_file(log).size();
        kill(gateway_->process(), SIGHUP);
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        std::string news;
        // Its last words on the matter, after the log's and those to the person who asked.
        while (news.find("\npainbridge: ") == std::string::npos &&
               std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(5ms);
            news = read_file(log).substr(before);
        }
        EXPECT_NE(news.find("\"event\":\"" + event + "\""), std::string::npos) << news;
        return news;
    }

    void replace_in(const std::string& file, const std::string& from, const std::string& to) const {
        std::string text = read_file(stage_.config() + "/" + file);
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        std::ofstream(stage_.config() + "/" + file) << text.replace(at, from.size(), to);
    }

    static std::string answer_of(RawPeer& peer) {
        peer.send(framed("must-be-refused.hl7"));
        return peer.receive_until("\x1C\r");
    }

    static std::string metadata_of(RawPeer& peer) {
        peer.send("GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return peer.receive_until("CapabilityStatement");
    }

    Stage stage_;
    CertificateAuthority authority_;
    std::unique_ptr<Child> gateway_;
};

TEST_F(ReloadTest, ShowsANewCertificateToNewConnectionsAndKeepsTheOpenOnes) {
    RawPeer open = gp();
    RawPeer open_https = clinic();
    const std::string old_key = open.server_key();
    issue("gateway");
    reload("gateway.reloaded");
    EXPECT_NE(gp().server_key(), old_key);
    EXPECT_EQ(clinic().server_key(), gp().server_key());
    EXPECT_NE(answer_of(open).find("MSA|A"), std::string::npos) << "the open connection was cut";
    EXPECT_NE(metadata_of(open_https).find(" 200 "), std::string::npos);
}

TEST_F(ReloadTest, KeepsTheOldCertificateWhenTheNewOneIsBroken) {
    RawPeer open = gp();
    const std::string key = open.server_key();
    std::ofstream(tls() + "/gateway.pem") << "no certificate\n";
    const std::string news = reload("gateway.reload_refused");
    EXPECT_NE(news.find("settings.fault"), std::string::npos) << news;
    EXPECT_NE(news.find("gateway.pem"), std::string::npos) << news;
    EXPECT_NE(answer_of(open).find("MSA|A"), std::string::npos);
    EXPECT_EQ(gp().server_key(), key);

    issue("gateway");
    reload("gateway.reloaded");
    EXPECT_NE(gp().server_key(), key);
}

TEST_F(ReloadTest, TellsEveryFaultAsCheckDoesAndTakesNothing) {
    replace_in("partners/gp.toml", "to = \"clinic\"", "to = \"clinik\"");
    replace_in("painbridge.toml", "facility = \"DEMO\"", "facilty = \"DEMO\"");
    const std::string news = reload("gateway.reload_refused");
    EXPECT_NE(news.find("did you mean clinic?"), std::string::npos) << news;
    EXPECT_NE(news.find("did you mean facility?"), std::string::npos) << news;
    EXPECT_NE(news.find("painbridge.toml:4:1: error"), std::string::npos) << news;
    RawPeer peer = gp();
    EXPECT_NE(answer_of(peer).find("MSA|A"), std::string::npos);
}

TEST_F(ReloadTest, CutsARemovedPartnerAndNobodyElse) {
    RawPeer removed = gp();
    RawPeer stays = clinic();
    EXPECT_NE(answer_of(removed).find("MSA|A"), std::string::npos);
    std::filesystem::remove(stage_.config() + "/partners/gp.toml");
    reload("gateway.reloaded");
    EXPECT_TRUE(removed.ends_within(5s));
    EXPECT_NE(metadata_of(stays).find(" 200 "), std::string::npos);
    RawPeer again = gp();  // its certificate is sound, it is nobody's
    EXPECT_EQ(answer_of(again), "");
    EXPECT_TRUE(again.ends_within(5s));
}

TEST_F(ReloadTest, CutsAPartnerWhoseCertificateMatchChanged) {
    RawPeer removed = clinic();
    EXPECT_NE(metadata_of(removed).find(" 200 "), std::string::npos);
    replace_in("partners/clinic.toml", "clinic.demo.example", "other.demo.example");
    reload("gateway.reloaded");
    EXPECT_TRUE(removed.ends_within(5s));
}

TEST_F(ReloadTest, CutsAPartnerWhoseAuthorityIsTrustedNoMore) {
    RawPeer removed = gp();
    RawPeer stays = clinic();
    const CertificateAuthority other("Other CA");
    other.write_certificate(tls(), "other-ca");
    replace_in("painbridge.toml", "[listen.https]",
               "[[listen.mllp.trust]]\ngroup = \"default\"\nca = \"" + tls() +
                   "/other-ca.pem\"\n\n[listen.https]");
    reload("gateway.reloaded");
    EXPECT_TRUE(removed.ends_within(5s));
    EXPECT_NE(metadata_of(stays).find(" 200 "), std::string::npos);
    RawPeer again = gp();  // `ca` still trusts it, but its group has a store of its own now
    EXPECT_EQ(answer_of(again), "");
    other.issue_files({.common_name = "gp", .dns_names = {"gp.demo.example"}}, tls(), "gp");
    RawPeer of_group = gp();
    EXPECT_NE(answer_of(of_group).find("MSA|A"), std::string::npos);
}

TEST_F(ReloadTest, TakesANewMasterKeyAndLetsNoneGoThatIsNeeded) {
    RawPeer peer = gp();
    EXPECT_NE(answer_of(peer).find("MSA|A"), std::string::npos);
    const std::string former = "{ file = \"" + tls() + "/store.key\" }";
    const std::string next = "{ file = \"" + tls() + "/store-2.key\" }";
    std::ofstream(tls() + "/store-2.key") << std::string(64, '7');
    std::filesystem::permissions(tls() + "/store-2.key", std::filesystem::perms::owner_read);

    replace_in("painbridge.toml", "[" + former + "]", "[" + next + "]");
    const std::string refused = reload("gateway.reload_refused");
    EXPECT_NE(refused.find("still needs the master key"), std::string::npos) << refused;

    replace_in("painbridge.toml", "[" + next + "]", "[" + next + ", " + former + "]");
    reload("gateway.reloaded");
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (read_file(stage_.log("gateway")).find("store.keys_rotated") == std::string::npos) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        std::this_thread::sleep_for(5ms);
    }
    replace_in("painbridge.toml", ", " + former, "");
    reload("gateway.reloaded");
    EXPECT_NE(answer_of(peer).find("MSA|A"), std::string::npos);
}

TEST_F(ReloadTest, WritesNoCoreDump) {
    const std::string limits =
        read_file("/proc/" + std::to_string(gateway_->process()) + "/limits");
    const std::size_t at = limits.find("Max core file size");
    ASSERT_NE(at, std::string::npos);
    const std::string line = limits.substr(at, limits.find('\n', at) - at);
    EXPECT_EQ(line.find("unlimited"), std::string::npos) << line;
    EXPECT_NE(line.find(" 0 "), std::string::npos) << line;
}

TEST_F(ReloadTest, RefusesAnotherListenAddressWithoutARestart) {
    replace_in("painbridge.toml", std::to_string(stage_.ports.mllp), "1");
    const std::string news = reload("gateway.reload_refused");
    EXPECT_NE(news.find("needs a restart"), std::string::npos) << news;
    RawPeer peer = gp();
    EXPECT_NE(answer_of(peer).find("MSA|A"), std::string::npos);
}

TEST_F(ReloadTest, DeliversUnderTheNewClientCertificate) {
    IoThreads io(1);
    const Held<std::string> keys;
    HttpServerSettings settings;
    settings.address = {"127.0.0.1", stage_.ports.clinic};
    settings.tls = TlsContext::server({.certificate_chain = tls() + "/clinic.pem",
                                       .private_key = tls() + "/clinic.key",
                                       .authorities = tls() + "/ca.pem"},
                                      ClientCertificates::required);
    const HttpServer server(io.reactors(), settings,
                            [keys](const HttpRequest& request, const HttpReply& reply) {
                                keys.put(request.peer_certificate->spki_sha256);
                                reply.send({.status = 200});
                            });
    RawPeer sender = gp();
    sender.send(framed("referral-with-letter.hl7"));
    EXPECT_NE(sender.receive_until("\x1C\r").find("MSA|AA"), std::string::npos);
    const std::string old_key = keys.take();
    issue("gateway");
    reload("gateway.reloaded");
    sender.send(framed("second-sample.hl7"));
    EXPECT_NE(sender.receive_until("\x1C\r").find("MSA|AA"), std::string::npos);
    EXPECT_NE(keys.take(), old_key);
}

}  // namespace
}  // namespace gateway
