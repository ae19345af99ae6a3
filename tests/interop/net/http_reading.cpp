#include "tests/interop/net/http_reading.h"

#include <algorithm>
#include <charconv>

#include "gateway/base/digest.h"
#include "gateway/base/text.h"

namespace gateway {

const std::string marker_request =
    "GET /marker HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

namespace {

// Proxies may rewrite a target; what it stands for stays.
std::string_view kind_of(std::string_view target) {
    for (const std::string_view kind : {"marker", "smuggled"}) {
        if (target.ends_with(kind)) {
            return kind;
        }
    }
    return "mutant";
}

struct Answer {
    std::string_view head;
    int status = 0;
};

// Where an answer begins: "HTTP/1.1 200 ", or 1.0.
std::size_t next_answer(std::string_view text, std::size_t from) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (auto at = text.find("HTTP/1.", from); at != std::string_view::npos;
         at = text.find("HTTP/1.", at + 1)) {
        const std::string_view line = text.substr(at, 12);
        if (line.size() == 12 && line[8] == ' ' && std::ranges::all_of(line.substr(9), is_digit)) {
            return at;
        }
    }
    return std::string_view::npos;
}

// The final answers whose heads are all there.
std::vector<Answer> split_answers(std::string_view text) {
    std::vector<Answer> answers;
    for (auto at = next_answer(text, 0); at != std::string_view::npos;
         at = next_answer(text, at + 1)) {
        const auto end = text.find("\r\n\r\n", at);
        if (end == std::string_view::npos) {
            break;
        }
        Answer answer{text.substr(at, end - at)};
        std::from_chars(text.data() + at + 9, text.data() + at + 12, answer.status);
        if (answer.status >= 200) {
            answers.push_back(answer);
        }
    }
    return answers;
}

bool announces_close(const Answer& answer) {
    const std::string head = lower_case(answer.head);
    const bool old = head.starts_with("http/1.0");
    const bool kept = head.find("connection: keep-alive") != std::string::npos;
    return head.find("connection: close") != std::string::npos || (old && !kept);
}

bool goes_on_like(const HttpReading& shorter, const HttpReading& longer) {
    return shorter.end != ReadingEnd::waiting &&
           std::equal(shorter.seen.begin(), shorter.seen.end(), longer.seen.begin());
}

}  // namespace

std::string seen_text(std::string_view method, std::string_view target, std::string_view body) {
    return std::string(method) + " " + std::string(kind_of(target)) + " " +
           std::to_string(body.size()) + " " + to_hex(sha256(body)).substr(0, 12);
}

std::string HttpReading::text() const {
    std::string text;
    for (const std::string& request : seen) {
        text += "[" + request + "] ";
    }
    switch (end) {
        case ReadingEnd::refused:
            return text + "refused " + std::to_string(last_status);
        case ReadingEnd::closing:
            return text + "closing";
        case ReadingEnd::waiting:
            return text + "waiting";
    }
    return text;
}

HttpReading read_answers(std::string_view answers, bool closed) {
    HttpReading reading;
    bool closing = false;
    for (const Answer& answer : split_answers(answers)) {
        const std::string head = lower_case(answer.head);
        const auto at = head.find("\r\nx-seen: ");
        if (at != std::string::npos) {
            const std::string_view rest = answer.head.substr(at + 10);
            reading.seen.emplace_back(rest.substr(0, rest.find("\r\n")));
        }
        reading.last_status = answer.status;
        closing = announces_close(answer);
    }
    if (reading.last_status >= 400 || (closed && !closing)) {
        reading.end = ReadingEnd::refused;
    } else {
        reading.end = closing ? ReadingEnd::closing : ReadingEnd::waiting;
    }
    return reading;
}

bool agree(const HttpReading& one, const HttpReading& other) {
    if (one.refused() || other.refused()) {
        return true;
    }
    if (one.seen.size() == other.seen.size()) {
        return one.seen == other.seen;
    }
    return one.seen.size() < other.seen.size() ? goes_on_like(one, other)
                                               : goes_on_like(other, one);
}

bool sees_only(const HttpReading& behind, const HttpReading& proxy) {
    auto at = proxy.seen.begin();
    for (const std::string& request : behind.seen) {
        at = std::find(at, proxy.seen.end(), request);
        if (at == proxy.seen.end()) {
            return false;
        }
        ++at;
    }
    return true;
}

}  // namespace gateway
