// A mail, and what a relay may do instead of taking it: against a server that plays any part.
#include "gateway/net/smtp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "gateway/base/digest.h"
#include "gateway/net/smtp_replies.h"
#include "tests/net/raw_peer.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

// Says each of its lines when the client has said something, and notes that.
class Relay final {
public:
    explicit Relay(std::vector<std::string> lines) : lines_(std::move(lines)) {}

    void play(RawPeer& peer) {
        for (const std::string& line : lines_) {
            peer.send(line + "\r\n");
            hear(peer, line.starts_with("354") ? "\r\n.\r\n" : "\r\n");
        }
    }

    std::string heard() const {
        const std::lock_guard lock(mutex_);
        return heard_;
    }

private:
    void hear(RawPeer& peer, std::string_view mark) {
        const std::string words = peer.receive_until(mark);
        const std::lock_guard lock(mutex_);
        heard_ += words;
    }

    std::vector<std::string> lines_;
    mutable std::mutex mutex_;  // guards heard_
    std::string heard_;
};

const std::vector<std::string> takes_all{"220 relay",       "250-relay\r\n250 AUTH LOGIN PLAIN",
                                         "235 welcome",     "250 from",
                                         "250 to",          "354 go on",
                                         "250 queued as 1", "221 bye"};

std::vector<std::string> without_login() {
    std::vector<std::string> lines = takes_all;
    lines.erase(lines.begin() + 2);
    return lines;
}

class SmtpClientTest : public testing::Test {
protected:
    std::optional<std::string> send(ClientEndpoint endpoint, SmtpLogin login = {},
                                    std::chrono::milliseconds deadline = 5s) {
        endpoint.own_name = "gateway.example";
        SmtpClient client(io_[0], endpoint, std::move(login), deadline);
        std::promise<std::optional<std::string>> result;
        client.send(mail_,
                    [&](std::optional<std::string> fault) { result.set_value(std::move(fault)); });
        return result.get_future().get();
    }

    ClientEndpoint plain(const RawServer& server) const {
        return {.address = {"127.0.0.1", server.port()}, .tls = nullptr};
    }

    ClientEndpoint secured(const RawServer& server, Opening opening) const {
        return {.address = {"localhost", server.port()},
                .tls = certificates_.client_without_certificate(),
                .opening = opening};
    }

    // What a plain relay that says these lines makes of our mail.
    std::optional<std::string> send_to(const std::vector<std::string>& lines,
                                       SmtpLogin login = {}) {
        relay_ = std::make_unique<Relay>(lines);
        const RawServer server([this](RawPeer& peer, int) { relay_->play(peer); });
        return send(plain(server), std::move(login));
    }

    TestCertificates certificates_;
    IoThreads io_{1};
    std::unique_ptr<Relay> relay_;
    SmtpMail mail_{"from@a.example", {"to@b.example"}, "Subject: x\r\n\r\n.dot\r\nlast\r\n"};
};

TEST_F(SmtpClientTest, GivesAMailAndLeaves) {
    EXPECT_EQ(send_to(without_login()), std::nullopt);
    EXPECT_EQ(relay_->heard(),
              "EHLO gateway.example\r\nMAIL FROM:<from@a.example>\r\nRCPT TO:<to@b.example>\r\n"
              "DATA\r\nSubject: x\r\n\r\n..dot\r\nlast\r\n.\r\nQUIT\r\n");
}

TEST_F(SmtpClientTest, LogsInWithPlain) {
    EXPECT_EQ(send_to(takes_all, {"user", "password"}), std::nullopt);
    EXPECT_THAT(relay_->heard(), HasSubstr("AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=\r\n"));
}

TEST_F(SmtpClientTest, SaysWhichCommandWasRefused) {
    EXPECT_THAT(send_to({"554 go away"}), Optional(std::string("the greeting was answered 554")));
    EXPECT_THAT(send_to({"220 relay", "250 relay", "250 from", "550 nobody"}),
                Optional(std::string("RCPT TO was answered 550")));
    EXPECT_THAT(send_to({"220 relay", "250 AUTH PLAIN", "535 wrong"}, {"user", "password"}),
                Optional(std::string("AUTH was answered 535")));
    EXPECT_THAT(send_to({"220 relay", "250 relay"}, {"user", "password"}),
                Optional(HasSubstr("does not offer AUTH PLAIN")));
    EXPECT_THAT(relay_->heard(), Not(HasSubstr("AUTH")));
    EXPECT_THAT(send_to({"HTTP/1.1 400 Bad Request"}), Optional(HasSubstr("no mail server")));
}

TEST_F(SmtpClientTest, TellsThoseWhomTheRelayTakes) {
    mail_.to = {"gone@b.example", "to@b.example"};
    EXPECT_EQ(send_to({"220 relay", "250 relay", "250 from", "550 gone", "250 to", "354 go on",
                       "250 queued"}),
              std::nullopt);
}

TEST_F(SmtpClientTest, TakesNothingForTakenThatWasCut) {
    EXPECT_THAT(send_to({"220 relay", "250 relay", "250 from", "250 to", "354 go on"}),
                Optional(HasSubstr("closed by the mail server")));
}

TEST_F(SmtpClientTest, DoesNotWaitForEver) {
    const RawServer server([](RawPeer& peer, int) { peer.ends_within(10s); });
    EXPECT_THAT(send(plain(server), {}, 200ms), Optional(HasSubstr("no answer in time")));
}

TEST_F(SmtpClientTest, SpeaksTlsFromTheFirstByte) {
    relay_ = std::make_unique<Relay>(takes_all);
    const RawServer server([this](RawPeer& peer, int) {
        if (peer.handshake_as_server(*certificates_.server(ClientCertificates::none))) {
            relay_->play(peer);
        }
    });
    EXPECT_EQ(send(secured(server, Opening::usual), {"user", "password"}), std::nullopt);
}

class StartTlsTest : public SmtpClientTest {
protected:
    // Up to TLS, which it speaks with `context`; `more` comes in plain behind the last answer.
    std::optional<std::string> start(const std::shared_ptr<const TlsContext>& context,
                                     const std::string& more = "") {
        relay_ = std::make_unique<Relay>(
            std::vector<std::string>{takes_all.begin() + 1, takes_all.end()});
        const RawServer server([&](RawPeer& peer, int) {
            peer.send("220 relay\r\n");
            in_plain_ = peer.receive_until("\r\n");
            peer.send("250-relay\r\n250-SIZE 1000\r\n250 STARTTLS\r\n");
            in_plain_ += peer.receive_until("\r\n");
            peer.send("220 go ahead\r\n" + more);
            if (peer.handshake_as_server(*context)) {
                relay_->play(peer);
            }
        });
        return send(secured(server, Opening::smtp_start_tls), {"user", "password"});
    }

    std::string in_plain_;
};

TEST_F(StartTlsTest, SaysNothingOfTheMailInPlain) {
    EXPECT_EQ(start(certificates_.server(ClientCertificates::none)), std::nullopt);
    EXPECT_EQ(in_plain_, "EHLO gateway.example\r\nSTARTTLS\r\n");
    EXPECT_THAT(relay_->heard(), HasSubstr("EHLO gateway.example\r\nAUTH PLAIN "));
    EXPECT_THAT(relay_->heard(), HasSubstr("Subject: x\r\n"));
}

TEST_F(StartTlsTest, SendsNothingToAServerWithAnotherName) {
    EXPECT_THAT(start(certificates_.server_with_wrong_name()), Optional(HasSubstr("tls: ")));
    EXPECT_EQ(relay_->heard(), "");
}

// What a man in the middle puts behind the answer would be read as if it had come under TLS.
TEST_F(StartTlsTest, LeavesAServerThatSaysMoreBeforeTls) {
    EXPECT_THAT(start(certificates_.server(ClientCertificates::none), "250 injected\r\n"),
                Optional(HasSubstr("said more than its answer")));
}

TEST_F(StartTlsTest, DoesNotGoOnInPlain) {
    for (const std::string offer : {"250 relay", "250-relay\r\n250 XSTARTTLS"}) {
        {
            const RawServer server([&](RawPeer& peer, int) {
                peer.send("220 relay\r\n");
                peer.receive_until("\r\n");
                peer.send(offer + "\r\n");
                in_plain_ = peer.receive_all();
            });
            EXPECT_THAT(send(secured(server, Opening::smtp_start_tls), {"user", "password"}),
                        Optional(HasSubstr("does not offer STARTTLS")));
        }
        EXPECT_EQ(in_plain_, "");  // its thread has ended
    }
}

TEST(SmtpReplies, ReadsLinesHoweverTheyCome) {
    SmtpReplies replies;
    for (const char c : std::string("250-first\r\n250-STARTTLS\r\n250 last\r\n220")) {
        EXPECT_FALSE(replies.is_broken());
        replies.add({&c, 1});
    }
    const auto reply = replies.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->lines, (std::vector<std::string>{"first", "STARTTLS", "last"}));
    EXPECT_TRUE(reply->offers("starttls"));
    EXPECT_FALSE(replies.next());
    EXPECT_TRUE(replies.has_rest());
    EXPECT_FALSE(replies.is_broken());
}

TEST(SmtpReplies, AreBoundedAndStrict) {
    const std::string long_line(SmtpReplies::bytes_max + 1, 'x');
    for (const std::string& bytes :
         {std::string("hello\r\n"), std::string("25 x\r\n"), std::string("250x\r\n"),
          std::string("250-a\r\n251 b\r\n"), long_line, "250-" + long_line + "\r\n"}) {
        SmtpReplies replies;
        replies.add(bytes);
        EXPECT_FALSE(replies.next());
        EXPECT_TRUE(replies.is_broken()) << bytes.substr(0, 20);
    }
}

}  // namespace
}  // namespace gateway
