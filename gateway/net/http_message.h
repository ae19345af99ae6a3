// HTTP/1.1 messages as values. Header values pass a setter that refuses CR, LF and NUL, so that no
// caller can split a response (Failure `fault`: it is our bug, never the peer's).
// Spec: RFC 9110 §5 (fields), §15 (status codes).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/peer_certificate.h"

namespace gateway {

// RFC 9110 §5.6.2 and §5.5: what a field may be named, and whether a value is free of CR, LF, NUL.
bool is_http_token(std::string_view text);
bool is_http_field_value(std::string_view text);

// Fields in order, names compared without case. One text holds them all: few allocations.
class HttpHeaders final {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    // Appends a field, or replaces every field of this name.
    void add(std::string_view name, std::string_view value);
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);

    // The first of this name.
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return places_.size(); }

    // Valid until the next change.
    Field operator[](std::size_t index) const { return field_at(places_[index]); }

private:
    struct Place {
        std::uint32_t start;
        std::uint32_t name_length;
        std::uint32_t value_length;
    };

    Field field_at(const Place& place) const;

    std::string text_;
    std::vector<Place> places_;
};

using HttpBody = std::shared_ptr<const std::string>;

HttpBody make_body(std::string bytes);

// The part of a request that is known before its body is read.
struct HttpRequestHead {
    std::string method;
    std::string target;  // origin form: path and query, or "*"
    std::string host;    // lower case, without port
    HttpHeaders headers;
    std::optional<std::uint64_t> content_length;  // nothing: chunked, or no body
    std::string peer_ip;
    std::shared_ptr<const PeerCertificate> peer_certificate;  // null: none was offered

    // For the head hook, which knows the route: a lower (or higher) limit on this body, and what it
    // learnt (an identity), handed on with the request.
    std::uint64_t body_bytes_max = 0;
    std::shared_ptr<const void> attachment;
};

struct HttpRequest : HttpRequestHead {
    HttpBody body;  // never null
};

struct HttpResponse {
    int status = 200;
    HttpHeaders headers = {};
    HttpBody body = nullptr;  // null: empty
};

// "Not Found"; "" for a number outside the registry.
std::string_view reason_phrase(int status);

}  // namespace gateway
