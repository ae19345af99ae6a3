// curl as the client of our HTTPS server, with its own certificate.
#include <gtest/gtest.h>

#include <mutex>

#include "gateway/base/digest.h"
#include "gateway/net/http_server.h"
#include "tests/support/certificates.h"
#include "tests/support/foreign_program.h"

namespace gateway {
namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

class Curl : public testing::Test {
protected:
    Curl() {
        HttpServerSettings settings;
        settings.address = {"127.0.0.1", 0};
        settings.tls = certificates_.server();
        settings.limits.body_bytes_max = 16 * mebibyte;
        settings.on_fault = [this](const ConnectionFault& fault) {
            const std::lock_guard lock(mutex_);
            faults_.push_back(fault.reason);
        };
        server_ = std::make_unique<HttpServer>(
            io_.reactors(), settings, [this](const HttpRequest& request, const HttpReply& reply) {
                {
                    const std::lock_guard lock(mutex_);
                    peer_ = request.peer_certificate->subject;
                }
                reply.send({.body = make_body(request.method + " " + digest_of(*request.body))});
            });
    }

    static std::string digest_of(const std::string& bytes) { return to_hex(sha256(bytes)); }

    std::string url() const {
        return "https://localhost:" + std::to_string(server_->port()) + "/x ";
    }

    CommandResult curl(const std::string& arguments) const {
        const CertificateFiles& own = certificates_.client_files;
        return curl_without_certificate("--cert " + own.certificate + " --key " + own.private_key +
                                        " " + arguments);
    }

    CommandResult curl_without_certificate(const std::string& arguments) const {
        return run_command(program_path("curl") + " -sS --max-time 20 --cacert " +
                           certificates_.authority_file + " " + arguments);
    }

    // --data-binary of a file of this size, and what the server must have received.
    std::string body(std::size_t size) {
        sent_ = std::string(size, 'x');
        sent_[size / 2] = '\n';
        return "--data-binary @" + certificates_.scratch.write("body", sent_) + " ";
    }

    std::vector<std::string> faults() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

    TestCertificates certificates_;
    std::string sent_;
    std::mutex mutex_;  // guards faults_, peer_
    std::vector<std::string> faults_;
    std::string peer_;
    IoThreads io_{1};
    std::unique_ptr<HttpServer> server_;
};

TEST_F(Curl, PostsWithItsCertificate) {
    const CommandResult result = curl(body(6'000) + url());
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output, "POST " + digest_of(sent_));
    EXPECT_EQ(peer_, "CN=partner");
    EXPECT_TRUE(faults().empty()) << faults().front();
}

TEST_F(Curl, KeepsItsConnection) {
    const std::string one = "-o /dev/null " + url();
    const CommandResult result =
        curl("-w '%{http_code}:%{num_connects} ' " + body(6'000) + one + one + one);
    EXPECT_EQ(result.output, "200:1 200:0 200:0 ");
}

TEST_F(Curl, SpeaksEachVersionOfTls) {
    for (const std::string version : {"--tlsv1.2 --tls-max 1.2 ", "--tlsv1.3 "}) {
        const CommandResult result = curl(version + body(6'000) + url());
        EXPECT_EQ(result.output, "POST " + digest_of(sent_)) << version;
    }
}

TEST_F(Curl, WaitsForContinueBeforeItSendsABody) {
    const CommandResult result =
        curl("-v -H 'Expect: 100-continue' --expect100-timeout 15 " + body(mebibyte) + url());
    EXPECT_NE(result.output.find("< HTTP/1.1 100 Continue"), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("POST " + digest_of(sent_)), std::string::npos);
}

TEST_F(Curl, SendsALargeBody) {
    const CommandResult result = curl(body(15 * mebibyte) + url());
    EXPECT_EQ(result.output, "POST " + digest_of(sent_));
}

TEST_F(Curl, SendsNothingOfABodyBeyondTheLimit) {
    const CommandResult result = curl(
        "-H 'Expect: 100-continue' --expect100-timeout 15 -o /dev/null "
        "-w '%{http_code} %{size_upload}' " +
        body(17 * mebibyte) + url());
    EXPECT_EQ(result.output, "413 0");
}

TEST_F(Curl, SendsChunks) {
    const CommandResult result =
        curl("-H 'Transfer-Encoding: chunked' -H 'Expect:' " + body(3 * mebibyte) + url());
    EXPECT_EQ(result.output, "POST " + digest_of(sent_));
}

TEST_F(Curl, SpeaksHttpOneZero) {
    const std::string one = "-o /dev/null " + url();
    const CommandResult result =
        curl("--http1.0 -w '%{http_code}:%{num_connects} ' " + body(6'000) + one + one);
    EXPECT_EQ(result.output, "200:1 200:1 ");
    EXPECT_TRUE(faults().empty()) << faults().front();
}

TEST_F(Curl, AsksForAHeadAlone) {
    const CommandResult result = curl("-I " + url());
    EXPECT_TRUE(result.output.starts_with("HTTP/1.1 200 OK\r\n")) << result.output;
}

TEST_F(Curl, IsRefusedWithoutACertificate) {
    const CommandResult result = curl_without_certificate(body(6'000) + url());
    EXPECT_NE(result.status, 0);
    EXPECT_NE(result.output.find("certificate required"), std::string::npos) << result.output;
    ASSERT_FALSE(faults().empty());
    EXPECT_NE(faults().front().find("set up with its client certificate"), std::string::npos);
}

}  // namespace
}  // namespace gateway
