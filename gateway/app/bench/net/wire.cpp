#include "gateway/app/bench/net/wire.h"

#include <algorithm>

namespace gateway {

namespace {

AnswerStep judge_number(std::string_view answer, std::string_view, std::string_view number) {
    constexpr std::string_view good = "HTTP/1.1 200 ";
    constexpr std::string_view blank_line = "\r\n\r\n";
    if (!answer.starts_with(good.substr(0, answer.size()))) {
        return AnswerStep::wrong;
    }
    const auto end = answer.find(blank_line);
    if (end == std::string_view::npos) {
        return AnswerStep::more;
    }
    const std::string_view body = answer.substr(end + blank_line.size());
    if (body.size() < number.size() && number.starts_with(body)) {
        return AnswerStep::more;
    }
    return body == number ? AnswerStep::right : AnswerStep::wrong;
}

AnswerStep judge_echo(std::string_view answer, std::string_view request, std::string_view) {
    if (answer.size() < request.size()) {
        return AnswerStep::more;
    }
    return answer == request ? AnswerStep::right : AnswerStep::wrong;
}

Wire with_number(const std::string& before, const std::string& after, Wire::Judge judge) {
    return {before + std::string(wire_number_digits, '0') + after, before.size(), judge};
}

}  // namespace

void Wire::number(std::uint64_t value) {
    for (std::size_t place = wire_number_digits; place-- > 0; value /= 10) {
        request[number_at + place] = static_cast<char>('0' + value % 10);
    }
}

std::string_view Wire::number() const {
    return std::string_view{request}.substr(number_at, wire_number_digits);
}

std::string wire_filling(std::size_t bytes) {
    constexpr std::string_view line = "|pain in the lower back, since the spring, worse at night";
    std::string filling;
    while (filling.size() < bytes) {
        filling += line.substr(0, std::min(line.size(), bytes - filling.size()));
    }
    return filling;
}

Wire https_post_wire(std::size_t body_bytes) {
    return with_number(
        "POST /referrals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n"
        "Accept: application/fhir+json\r\nUser-Agent: painbridge-bench\r\nContent-Length: " +
            std::to_string(body_bytes) + "\r\n\r\n",
        wire_filling(body_bytes - wire_number_digits), &judge_number);
}

Wire https_get_wire() {
    return with_number("GET /", " HTTP/1.1\r\nHost: localhost\r\n\r\n", &judge_number);
}

Wire mllp_echo_wire(std::size_t message_bytes) {
    return with_number("\x0B", wire_filling(message_bytes - wire_number_digits) + "\x1C\r",
                       &judge_echo);
}

}  // namespace gateway
