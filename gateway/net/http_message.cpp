#include "gateway/net/http_message.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

struct StatusRow {
    int status;
    std::string_view phrase;
};

// RFC 9110 §15, RFC 6585, RFC 8470; ascending.
constexpr auto phrases = std::to_array<StatusRow>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

constexpr std::string_view forbidden_in_values{"\r\n\0", 3};

}  // namespace

bool is_http_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
    });
}

bool is_http_field_value(std::string_view text) {
    return text.find_first_of(forbidden_in_values) == std::string_view::npos;
}

void HttpHeaders::add(std::string_view name, std::string_view value) {
    if (!is_http_token(name)) {
        throw Failure(Category::fault, "internal error", "a header name that is no HTTP token");
    }
    if (!is_http_field_value(value)) {
        throw Failure(Category::fault, "internal error",
                      "the value of header " + std::string(name) + " holds CR, LF or NUL");
    }
    const auto start = static_cast<std::uint32_t>(text_.size());
    text_ += name;
    text_ += value;
    places_.push_back(
        {start, static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
}

void HttpHeaders::set(std::string_view name, std::string_view value) {
    remove(name);
    add(name, value);
}

void HttpHeaders::remove(std::string_view name) {
    std::erase_if(places_, [&](const Place& place) {
        return equal_ignoring_case(field_at(place).name, name);
    });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
    for (const Place& place : places_) {
        const Field field = field_at(place);
        if (equal_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::size_t HttpHeaders::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(places_, [&](const Place& place) {
        return equal_ignoring_case(field_at(place).name, name);
    }));
}

HttpHeaders::Field HttpHeaders::field_at(const Place& place) const {
    const std::string_view text = text_;
    return {text.substr(place.start, place.name_length),
            text.substr(place.start + place.name_length, place.value_length)};
}

HttpBody make_body(std::string bytes) {
    return std::make_shared<const std::string>(std::move(bytes));
}

std::string_view reason_phrase(int status) {
    const auto row = std::ranges::lower_bound(phrases, status, {}, &StatusRow::status);
    return row != phrases.end() && row->status == status ? row->phrase : std::string_view();
}

}  // namespace gateway
