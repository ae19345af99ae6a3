#include "gateway/flow/alarm/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/digest.h"

namespace gateway {

namespace {

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// The longest prefix of at most `bytes_max` that cuts no character of UTF-8 in two.
std::size_t whole_characters(std::string_view text, std::size_t bytes_max) {
    constexpr unsigned char continues = 0x80;
    constexpr unsigned char mask = 0xC0;
    std::size_t size = std::min(text.size(), bytes_max);
    while (size > 1 && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & mask) == continues) {
        --size;
    }
    return size;
}

std::string header_words(std::string_view text) {
    constexpr std::size_t bytes_max = 39;  // with base64, frame and name below 76 characters
    if (is_plain(text)) {
        return std::string(text);
    }
    std::string words;
    while (!text.empty()) {
        const std::size_t size = whole_characters(text, bytes_max);
        words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ",
                             to_base64(text.substr(0, size)));
        text.remove_prefix(size);
    }
    return words;
}

std::string body_lines(std::string_view text) {
    constexpr std::size_t line_max = 76;
    const std::string encoded = to_base64(text);
    std::string lines;
    for (std::size_t at = 0; at < encoded.size(); at += line_max) {
        lines += encoded.substr(at, line_max) + "\r\n";
    }
    return lines;
}

}  // namespace

std::string mail_date(Instant at) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
        days.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
        months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
        time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string mail_text(const Notice& notice, const std::string& from,
                      const std::vector<std::string>& to, const std::string& host) {
    std::string recipients;
    for (const std::string& each : to) {
        recipients += fmt::format("{}<{}>", recipients.empty() ? "" : ",\r\n ", each);
    }
    std::string text = fmt::format(
        "From: <{}>\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\n"
        "References: <{}@{}>\r\nAuto-Submitted: auto-generated\r\n",
        from, recipients, header_words(notice_subject(notice)), mail_date(notice.at), notice.key(),
        host, notice.incident.id, host);
    if (notice.urgency == Urgency::urgent && notice.event != NoticeEvent::close) {
        text += "Importance: high\r\nX-Priority: 1\r\n";
    }
    return text +
           "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           body_lines(notice_text(notice));
}

}  // namespace gateway
