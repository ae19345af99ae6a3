#include "gateway/app/bench/net/wire.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

AnswerStep judged(const Wire& wire, std::string_view answer) {
    return wire.judge(answer, wire.request, wire.number());
}

Wire numbered(Wire wire, std::uint64_t number) {
    wire.number(number);
    return wire;
}

constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n";

TEST(Wire, BearsANumberOfFixedWidth) {
    const Wire wire = numbered(https_get_wire(), 42);
    EXPECT_EQ(wire.number(), "0000000000000042");
    EXPECT_EQ(wire.request, "GET /0000000000000042 HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST(Wire, AnnouncesTheBodyThatItHas) {
    const Wire wire = numbered(https_post_wire(6'000), 7);
    const std::string body = wire.request.substr(wire.request.find("\r\n\r\n") + 4);
    EXPECT_EQ(body, "0000000000000007" + wire_filling(6'000 - wire_number_digits));
    EXPECT_NE(wire.request.find("Content-Length: 6000\r\n"), std::string::npos);
}

TEST(Wire, TakesAnAnswerWhenAllOfItIsThere) {
    const Wire wire = numbered(https_post_wire(100), 7);
    const std::string answer = std::string(head) + "0000000000000007";
    for (std::size_t size = 1; size < answer.size(); ++size) {
        EXPECT_EQ(judged(wire, answer.substr(0, size)), AnswerStep::more) << size;
    }
    EXPECT_EQ(judged(wire, answer), AnswerStep::right);
}

TEST(Wire, TakesNoAnswerOfAnotherRequest) {
    const Wire wire = numbered(https_get_wire(), 7);
    EXPECT_EQ(judged(wire, std::string(head) + "0000000000000008"), AnswerStep::wrong);
    EXPECT_EQ(judged(wire, std::string(head) + "00000000000000070"), AnswerStep::wrong);
}

TEST(Wire, TakesNoRefusal) {
    EXPECT_EQ(judged(https_get_wire(), "HTTP/1.1 503 Service Unavailable\r\n\r\n"),
              AnswerStep::wrong);
}

TEST(Wire, TakesAnEchoThatIsTheSame) {
    const Wire wire = numbered(mllp_echo_wire(200), 7);
    EXPECT_EQ(judged(wire, wire.request.substr(0, 199)), AnswerStep::more);
    EXPECT_EQ(judged(wire, wire.request), AnswerStep::right);
    EXPECT_EQ(judged(wire, numbered(wire, 8).request), AnswerStep::wrong);
}

}  // namespace
}  // namespace gateway
