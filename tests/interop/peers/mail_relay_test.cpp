// npm's smtp-server as the relay of our alarms, reached as a person tries it: `painbridge alarm
// test`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "gateway/app/demo/stage.h"
#include "gateway/base/text.h"
#include "tests/support/foreign_program.h"
#include "tests/support/scratch_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string root = PAINBRIDGE_ROOT;

class MailRelay : public testing::Test {
protected:
    void start(const std::string& mode) {
        relay_ = std::make_unique<Child>(
            "smtp-server", node_path(),
            std::vector<std::string>{root + "/tests/interop/peers/receive_mail.mjs",
                                     stage_.folder + "/tls", mode},
            stage_.log("node"));
        const auto listening = relay_->wait_for(peer_event("listening"), 30s);
        ASSERT_TRUE(listening) << read_file(stage_.log("node"));
        port_ = peer_text(*listening, "port");
    }

    CommandResult try_alarms(const std::string& scheme, const std::string& more) {
        const std::string password = stage_.config() + "/relay.password";
        std::ofstream(password) << "relay-secret\n";
        ::chmod(password.c_str(), 0600);
        std::ofstream(stage_.config() + "/painbridge.toml", std::ios::app)
            << "\n[[alarms.sink]]\nname = \"mail\"\nurl = \"" << scheme << "://localhost:" << port_
            << "\"\nfrom = \"gateway@here.example\"\n"
            << "to = [\"gone@there.example\", \"desk@there.example\"]\n"
            << more;
        return run_command(std::string(PAINBRIDGE_PROGRAM) + " alarm test --config " +
                           stage_.config());
    }

    std::string secured() const {
        return "ca = \"" + stage_.folder +
               "/tls/ca.pem\"\nuser = \"painbridge\"\npassword = { file = \"relay.password\" }\n";
    }

    void expect_mail() {
        const auto mail = relay_->wait_for(peer_event("mail"), 10s);
        ASSERT_TRUE(mail);
        EXPECT_EQ(peer_text(*mail, "secure"), "true");
        EXPECT_EQ(peer_text(*mail, "to"), "desk@there.example");
        EXPECT_THAT(peer_text(*mail, "head"), HasSubstr("test:mail is a test"));
        EXPECT_THAT(peer_text(*mail, "body"), HasSubstr("nobody needs to act"));
        EXPECT_TRUE(relay_->wait_for(peer_event("login"), 0ms));
    }

    ScratchFolder folder_;
    Stage stage_ = set_stage(folder_.file("stage"), root);
    std::string port_;
    std::unique_ptr<Child> relay_;
};

TEST_F(MailRelay, TakesAnAlarmByStartTls) {
    start("starttls");
    const CommandResult result = try_alarms("smtp", secured());
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("mail: took it"));
    expect_mail();
}

TEST_F(MailRelay, TakesAnAlarmByTlsFromTheFirstByte) {
    start("tls");
    const CommandResult result = try_alarms("smtps", secured());
    EXPECT_EQ(result.status, 0) << result.output;
    expect_mail();
}

TEST_F(MailRelay, GetsNothingInPlainUnlessAPersonSaidSo) {
    start("nothing");
    const CommandResult refused = try_alarms("smtp", secured());
    EXPECT_EQ(refused.status, 1) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr("does not offer STARTTLS"));
    EXPECT_FALSE(relay_->wait_for(peer_event("mail"), 0ms));
}

TEST_F(MailRelay, GetsItInPlainWhereAPersonSaidSo) {
    start("nothing");
    const CommandResult result = try_alarms("smtp-plain", "");
    EXPECT_EQ(result.status, 0) << result.output;
    const auto mail = relay_->wait_for(peer_event("mail"), 10s);
    ASSERT_TRUE(mail);
    EXPECT_EQ(peer_text(*mail, "secure"), "false");
}

}  // namespace
}  // namespace gateway
