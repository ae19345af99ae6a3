// How a server reads bytes: the requests that it saw, in order, and how the connection went on.
// Each server tells in a field of its answers what it saw. For tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// The value of X-Seen: what a server that saw this request answers.
std::string seen_text(std::string_view method, std::string_view target, std::string_view body);

// The request behind each mutant: who has not taken it for a part of the mutant shows it.
extern const std::string marker_request;

enum class ReadingEnd {
    refused,  // an error answer, or the connection cut without a word
    closing,  // a last answer that says so
    waiting,  // the server thinks that more must come
};

struct HttpReading {
    std::vector<std::string> seen;
    ReadingEnd end = ReadingEnd::refused;
    int last_status = 0;

    // Nothing of it reached the application, and nothing will.
    bool refused() const { return seen.empty() && end != ReadingEnd::waiting; }

    std::string text() const;
};

// `closed`: the server ended the connection after these answers.
HttpReading read_answers(std::string_view answers, bool closed);

// Both refuse, or one does, or both end each message at the same byte. After a refusal or an
// announced close there are no further messages to compare.
bool agree(const HttpReading& one, const HttpReading& other);

// A server behind a proxy sees requests that the proxy saw, in their order, and no other.
bool sees_only(const HttpReading& behind, const HttpReading& proxy);

}  // namespace gateway
