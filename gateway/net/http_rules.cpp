#include "gateway/net/http_rules.h"

#include <algorithm>
#include <array>

#include "gateway/base/text.h"

namespace gateway {

namespace {

using Verdict = std::optional<HttpRefusal>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Verdict check_transfer_encoding(const HttpRequestHead& head, HttpVersion version) {
    const auto count = head.headers.count("transfer-encoding");
    if (count == 0) {
        return std::nullopt;
    }
    if (version == HttpVersion::http_1_0) {
        return HttpRefusal{400, "Transfer-Encoding is not part of HTTP/1.0."};
    }
    if (count > 1 || !equal_ignoring_case(*head.headers.find("transfer-encoding"), "chunked")) {
        return HttpRefusal{400, "The only Transfer-Encoding understood here is: chunked."};
    }
    if (head.headers.find("content-length")) {
        return HttpRefusal{400, "A request has Content-Length or Transfer-Encoding, never both."};
    }
    return std::nullopt;
}

Verdict check_content_length(const HttpRequestHead& head) {
    const auto count = head.headers.count("content-length");
    if (count == 0) {
        return std::nullopt;
    }
    const std::string_view value = *head.headers.find("content-length");
    if (count > 1 || value.empty() || !std::ranges::all_of(value, is_digit)) {
        return HttpRefusal{400, "Content-Length must stand once and be a plain number."};
    }
    return std::nullopt;
}

Verdict check_body_is_announced(const HttpRequestHead& head) {
    const bool announced =
        head.headers.find("content-length") || head.headers.find("transfer-encoding");
    constexpr std::array<std::string_view, 3> with_body = {"POST", "PUT", "PATCH"};
    if (announced || std::ranges::find(with_body, head.method) == with_body.end()) {
        return std::nullopt;
    }
    return HttpRefusal{411, "POST, PUT and PATCH need Content-Length or chunks."};
}

bool is_host_character(char c) {
    constexpr std::string_view others = ".-_:[]%";
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || is_digit(c) || others.find(c) != std::string_view::npos;
}

// "[::1]:8443" -> "[::1]", "Example.org:8443" -> "example.org"; nothing where that is no authority.
std::optional<std::string> host_of(std::string_view authority) {
    if (!std::ranges::all_of(authority, is_host_character)) {
        return std::nullopt;
    }
    const bool bracketed = authority.starts_with('[');
    const auto host_end = bracketed ? authority.find(']') : authority.find(':');
    if (bracketed && host_end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t length = bracketed ? host_end + 1 : std::min(host_end, authority.size());
    const std::string_view port = authority.substr(length);
    const bool port_ok =
        port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit));
    if (length == 0 || !port_ok) {
        return std::nullopt;
    }
    return lower_case(authority.substr(0, length));
}

// RFC 9112 §3.2.2: a server must take the absolute form, whose authority then stands for Host.
std::optional<std::string> split_absolute_target(HttpRequestHead& head) {
    constexpr std::array<std::string_view, 2> schemes = {"http://", "https://"};
    for (const std::string_view scheme : schemes) {
        const std::string_view target = head.target;
        if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            continue;
        }
        const auto authority_end =
            std::min(head.target.find_first_of("/?", scheme.size()), head.target.size());
        auto authority = head.target.substr(scheme.size(), authority_end - scheme.size());
        head.target.erase(0, authority_end);
        if (!head.target.starts_with('/')) {
            head.target.insert(0, 1, '/');
        }
        return authority;
    }
    return std::nullopt;
}

// RFC 9112 §3.2: printable ASCII; a fragment is never sent, and who cuts it off sees another path.
bool is_target_character(char c) {
    return c > ' ' && c < '\x7f' && c != '#';
}

Verdict check_target(const HttpRequestHead& head) {
    if (!std::ranges::all_of(head.target, is_target_character)) {
        return HttpRefusal{400, "The request target has characters that must be percent-encoded."};
    }
    if (head.method == "CONNECT") {  // its answer begins a tunnel: there are no further messages
        return HttpRefusal{400, "This server opens no tunnels."};
    }
    const bool whole_server = head.target == "*" && head.method == "OPTIONS";
    if (head.target.starts_with('/') || whole_server) {
        return std::nullopt;
    }
    return HttpRefusal{400, "The request target must begin with a slash."};
}

Verdict check_host(HttpRequestHead& head, const std::vector<std::string>& hosts) {
    if (head.headers.count("host") != 1) {
        return HttpRefusal{400, "A request must have exactly one Host."};
    }
    const auto authority = split_absolute_target(head);
    const auto field = host_of(*head.headers.find("host"));
    const auto host = authority ? host_of(*authority) : field;
    if (!field || !host) {
        return HttpRefusal{400, "Host is no name with an optional port."};
    }
    if (!hosts.empty() && std::ranges::find(hosts, *host) == hosts.end()) {
        return HttpRefusal{421, "This server does not serve the named Host."};
    }
    head.host = *host;
    return std::nullopt;
}

Verdict check_expectation(const HttpRequestHead& head) {
    const auto expectation = head.headers.find("expect");
    if (!expectation || equal_ignoring_case(*expectation, "100-continue")) {
        return std::nullopt;
    }
    return HttpRefusal{417, "The only expectation understood here is: 100-continue."};
}

}  // namespace

bool has_folded_line(std::string_view raw_head) {
    for (std::size_t at = raw_head.find("\r\n"); at != std::string_view::npos;
         at = raw_head.find("\r\n", at + 2)) {
        const std::string_view next = raw_head.substr(at + 2, 1);
        if (next == " " || next == "\t") {
            return true;
        }
    }
    return false;
}

Verdict apply_rules(HttpRequestHead& head, HttpVersion version,
                    const std::vector<std::string>& hosts) {
    if (auto refusal = check_transfer_encoding(head, version)) {
        return refusal;
    }
    if (auto refusal = check_content_length(head)) {
        return refusal;
    }
    if (auto refusal = check_host(head, hosts)) {
        return refusal;
    }
    if (auto refusal = check_target(head)) {
        return refusal;
    }
    if (auto refusal = check_body_is_announced(head)) {
        return refusal;
    }
    return check_expectation(head);
}

}  // namespace gateway
