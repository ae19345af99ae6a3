#include "gateway/net/http_writer.h"

#include <algorithm>
#include <array>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

constexpr std::size_t usual_head_bytes = 512;

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

void append_own_fields(std::string& out, const HttpHeaders& headers) {
    constexpr std::array<std::string_view, 5> framing = {"content-length", "transfer-encoding",
                                                         "connection", "date", "host"};
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto [name, value] = headers[i];
        const bool ours = std::ranges::any_of(
            framing, [name = name](auto taken) { return equal_ignoring_case(name, taken); });
        if (!ours) {
            append_field(out, name, value);
        }
    }
}

void append_two_digits(std::string& out, unsigned number) {
    out += static_cast<char>('0' + number / 10 % 10);
    out += static_cast<char>('0' + number % 10);
}

unsigned as_unsigned(auto count) {
    return static_cast<unsigned>(count);
}

}  // namespace

std::string http_date(Instant now) {
    constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                      "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
    std::string out;
    out += days[std::chrono::weekday(day).c_encoding()];
    out += ", ";
    append_two_digits(out, static_cast<unsigned>(date.day()));
    out += ' ';
    out += months[static_cast<unsigned>(date.month()) - 1];
    out += ' ';
    const auto year = as_unsigned(static_cast<int>(date.year()));
    append_two_digits(out, year / 100);
    append_two_digits(out, year % 100);
    out += ' ';
    append_two_digits(out, as_unsigned(time.hours().count()));
    out += ':';
    append_two_digits(out, as_unsigned(time.minutes().count()));
    out += ':';
    append_two_digits(out, as_unsigned(time.seconds().count()));
    out += " GMT";
    return out;
}

bool status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string response_head(const HttpResponse& response, AfterResponse after, Instant now) {
    std::string out;
    out.reserve(usual_head_bytes);
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    append_field(out, "Date", http_date(now));
    append_own_fields(out, response.headers);
    if (status_has_body(response.status)) {
        const std::size_t length = response.body ? response.body->size() : 0;
        append_field(out, "Content-Length", std::to_string(length));
    }
    if (after == AfterResponse::close) {
        append_field(out, "Connection", "close");
    }
    out += "\r\n";
    return out;
}

std::string request_head(std::string_view method, std::string_view target, std::string_view host,
                         const HttpHeaders& headers, std::optional<std::size_t> body_bytes) {
    const bool target_ok = target.find_first_of(" \t\r\n") == std::string_view::npos &&
                           is_http_field_value(target) && !target.empty();
    if (!is_http_token(method) || !target_ok || !is_http_field_value(host)) {
        throw Failure(Category::fault, "internal error",
                      "an HTTP request whose method, target or host cannot stand on a wire");
    }
    std::string out;
    out.reserve(usual_head_bytes);
    out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    append_field(out, "Host", host);
    append_own_fields(out, headers);
    if (body_bytes) {
        append_field(out, "Content-Length", std::to_string(*body_bytes));
    }
    out += "\r\n";
    return out;
}

}  // namespace gateway
