#include "gateway/app/bench/http_load.h"

#include <gtest/gtest.h>

#include <set>

#include "gateway/base/text.h"
#include "gateway/net/http_server.h"

namespace gateway {
namespace {

TEST(FhirMessages, AreOnesOfTheirOwn) {
    const std::string sample =
        read_file(PAINBRIDGE_ROOT "/config/demo/messages/fhir-referral.json");
    const auto messages = make_fhir_messages(sample, 3);
    ASSERT_EQ(messages.size(), 3U);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::string& message = *messages[i];
        EXPECT_NE(message.find("\"value\": \"" + bench_number(i) + "\""), std::string::npos);
        // A reference still leads to what has the id.
        EXPECT_NE(message.find("\"id\": \"9d8f2c34-7f0b-4a46-9f86-d0a20000000" + std::to_string(i)),
                  std::string::npos);
        EXPECT_NE(message.find("{\"reference\": \"urn:uuid:9d8f2c34-7f0b-4a46-9f86-d0a20000000" +
                               std::to_string(i)),
                  std::string::npos);
        EXPECT_EQ(message.find("d0a2d81c3e03"), std::string::npos);
    }
}

std::vector<std::shared_ptr<const std::string>> numbers(std::size_t count) {
    std::vector<std::shared_ptr<const std::string>> messages;
    for (std::size_t i = 0; i < count; ++i) {
        messages.push_back(std::make_shared<const std::string>(bench_number(i)));
    }
    return messages;
}

TEST(HttpLoad, SendsEachMessageOnceAndLooksAtEachAnswer) {
    IoThreads io(2);
    std::multiset<std::string> taken;
    const HttpServer server(
        {&io[0]}, {.address = {"127.0.0.1", 0}, .tls = nullptr},
        [&](const HttpRequest& request, const HttpReply& reply) {
            EXPECT_EQ(request.target, "/taken");
            EXPECT_EQ(request.headers.find("Content-Type"), "text/plain");
            taken.insert(*request.body);
            // The answer to the sixth is the answer to another.
            reply.send({.body = make_body(*request.body == bench_number(5) ? bench_number(4)
                                                                           : *request.body)});
        });
    const HttpLoadPlan plan{.connections = 3,
                            .target = "/taken",
                            .content_type = "text/plain",
                            .is_accepted = [](std::size_t index, const HttpResponse& answer) {
                                return *answer.body == bench_number(index);
                            }};
    const LoadResult result = run_http_load(
        io[1], {.address = {"127.0.0.1", server.port()}, .tls = nullptr}, plan, numbers(20));
    ASSERT_EQ(result.messages.size(), 20U);
    EXPECT_EQ(taken.size(), 20U);
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(taken.count(bench_number(i)), 1U) << i;
        EXPECT_EQ(result.messages[i].is_accepted, i != 5) << i;
        EXPECT_GT(result.messages[i].acknowledged, result.messages[i].sent) << i;
    }
}

}  // namespace
}  // namespace gateway
