// Real programs and a real TLS server: what is sent, and that nothing hangs.
#include "gateway/flow/alarm/sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <thread>

#include "gateway/base/text.h"
#include "gateway/flow/alarm/command_sink.h"
#include "gateway/flow/alarm/webhook_sink.h"
#include "gateway/net/http_server.h"
#include "tests/support/certificates.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

Notice notice() {
    Notice notice;
    notice.incident.id = "1234";
    notice.incident.key = "quarantine:clinic";
    notice.incident.text = "3 deliveries";
    notice.incident.count = 3;
    notice.urgency = Urgency::urgent;
    notice.responsible = "referral desk";
    notice.gateway = "painbridge";
    return notice;
}

std::optional<std::string> fault_of(Reactor& reactor, AlarmSink& sink) {
    std::promise<std::optional<std::string>> done;
    reactor.post([&] {
        sink.send(notice(),
                  [&](std::optional<std::string> fault) { done.set_value(std::move(fault)); });
    });
    return done.get_future().get();
}

class CommandSinkTest : public testing::Test {
protected:
    std::string script(const std::string& body) {
        const std::string file = folder_.write("script", "#!/bin/sh\n" + body + "\n");
        ::chmod(file.c_str(), 0700);
        return file;
    }

    std::optional<std::string> run(std::vector<std::string> command,
                                   std::chrono::milliseconds timeout = 20s) {
        CommandSink sink(io_[0], std::move(command), timeout);
        const auto fault = fault_of(io_[0], sink);
        io_[0].settle([] {});
        return fault;
    }

    ScratchFolder folder_;
    IoThreads io_{1};
};

TEST_F(CommandSinkTest, GivesJsonOnStandardInputAndNothingElse) {
    const std::string out = folder_.file("out");
    const std::string env = folder_.file("env");
    EXPECT_EQ(run({script("cat > " + out + "; env > " + env + "; ls /proc/$$/fd >> " + env)}),
              std::nullopt);
    const std::string json = read_file(out);
    EXPECT_THAT(json, HasSubstr(R"("event":"open")"));
    EXPECT_THAT(json, HasSubstr(R"("key":"quarantine:clinic")"));
    EXPECT_THAT(json, HasSubstr(R"("urgency":"urgent")"));
    EXPECT_THAT(json, HasSubstr(R"("responsible":"referral desk")"));
    EXPECT_THAT(json, HasSubstr(R"("count":3)"));
    EXPECT_THAT(read_file(env), HasSubstr("PATH=/usr/local/sbin"));
    EXPECT_THAT(read_file(env), Not(HasSubstr("HOME=")));
}

TEST_F(CommandSinkTest, TakesOnlyAnEndWithZeroForTaken) {
    EXPECT_THAT(run({script("exit 3")}), Optional(HasSubstr("ended with 3")));
    EXPECT_THAT(run({script("kill -9 $$")}), Optional(HasSubstr("signal 9")));
    EXPECT_THAT(run({folder_.file("missing")}), Optional(HasSubstr("cannot be started")));
}

TEST_F(CommandSinkTest, GivesItsArgumentsAsTheyAre) {
    const std::string out = folder_.file("out");
    EXPECT_EQ(run({script("printf '%s|' \"$@\" > " + out), "$HOME; rm", "two words"}),
              std::nullopt);
    EXPECT_EQ(read_file(out), "$HOME; rm|two words|");
}

// The grandchild too: it would hang for ever.
TEST_F(CommandSinkTest, KillsAProgramThatHangsAndWhatItStarted) {
    const std::string pid = folder_.file("pid");
    EXPECT_THAT(run({script("sleep 1000 & echo $! > " + pid + "; wait")}, 500ms),
                Optional(HasSubstr("hung and was killed")));
    const std::string grandchild{trimmed(read_file(pid))};
    ASSERT_FALSE(grandchild.empty());
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    const std::string stat = "/proc/" + grandchild + "/cmdline";
    const auto is_there = [&] {
        std::error_code ignored;
        return std::filesystem::exists(stat, ignored) && !read_file(stat).empty();
    };
    while (is_there() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(is_there());
}

TEST_F(CommandSinkTest, TakesAProgramThatDoesNotRead) {
    EXPECT_EQ(run({"/bin/true"}), std::nullopt);
}

class WebhookSinkTest : public testing::Test {
protected:
    void listen(int status, std::shared_ptr<const TlsContext> tls) {
        server_ = std::make_unique<HttpServer>(
            io_.reactors(), HttpServerSettings{.address = {"127.0.0.1", 0}, .tls = std::move(tls)},
            [this, status](const HttpRequest& request, const HttpReply& reply) {
                seen_ = request;
                reply.send({.status = status});
            });
    }

    std::optional<std::string> send(std::shared_ptr<const TlsContext> tls) {
        WebhookSink sink(io_[0],
                         {{.address = {"localhost", server_->port()}, .tls = std::move(tls)},
                          "/alarms",
                          "very-secret"},
                         5s);
        return fault_of(io_[0], sink);
    }

    TestCertificates certificates_;
    IoThreads io_{1};
    HttpRequest seen_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(WebhookSinkTest, PostsJsonOverTlsWithItsTokenAndAKeyForRepeats) {
    listen(202, certificates_.server());
    EXPECT_EQ(send(certificates_.client()), std::nullopt);
    EXPECT_EQ(seen_.method + " " + seen_.target, "POST /alarms");
    EXPECT_EQ(seen_.headers.find("Authorization"), "Bearer very-secret");
    EXPECT_EQ(seen_.headers.find("Content-Type"), "application/json");
    EXPECT_EQ(seen_.headers.find("Idempotency-Key"), "1234-open-3");
    EXPECT_THAT(*seen_.body, HasSubstr(R"("key":"quarantine:clinic")"));
}

TEST_F(WebhookSinkTest, TakesNoOtherAnswerForTaken) {
    for (const int status : {302, 404, 500}) {
        listen(status, certificates_.server());
        EXPECT_THAT(send(certificates_.client()),
                    Optional(HasSubstr("HTTP " + std::to_string(status))));
    }
}

TEST_F(WebhookSinkTest, SendsNothingToAServerWithAnotherName) {
    listen(200, certificates_.server_with_wrong_name());
    EXPECT_THAT(send(certificates_.client()), Optional(HasSubstr("tls")));
    EXPECT_TRUE(seen_.method.empty());
}

}  // namespace
}  // namespace gateway
