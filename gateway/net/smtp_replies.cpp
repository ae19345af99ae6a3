#include "gateway/net/smtp_replies.h"

#include <algorithm>
#include <utility>

#include "gateway/base/text.h"

namespace gateway {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr std::size_t code_size = 3;

}  // namespace

bool SmtpReply::offers(std::string_view keyword) const {
    return std::ranges::any_of(lines, [keyword](const std::string& line) {
        return equal_ignoring_case(split(line, ' ').front(), keyword);
    });
}

bool SmtpReply::offers(std::string_view keyword, std::string_view word) const {
    return std::ranges::any_of(lines, [&](const std::string& line) {
        const auto words = split(line, ' ');
        return equal_ignoring_case(words.front(), keyword) &&
               std::any_of(words.begin() + 1, words.end(), [word](std::string_view each) {
                   return equal_ignoring_case(each, word);
               });
    });
}

std::optional<SmtpReply> SmtpReplies::next() {
    while (!is_broken_) {
        const std::size_t end = bytes_.find('\n');
        if (end == std::string::npos) {
            is_broken_ = taken_ + bytes_.size() > bytes_max;
            return std::nullopt;
        }
        std::string line = bytes_.substr(0, end);
        bytes_.erase(0, end + 1);
        taken_ += end + 1;
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (taken_ <= bytes_max && take_line(line)) {
            taken_ = 0;
            return std::exchange(reply_, {});
        }
        is_broken_ = is_broken_ || taken_ > bytes_max;
    }
    return std::nullopt;
}

// True where it ends the reply.
bool SmtpReplies::take_line(std::string_view line) {
    constexpr int ten = 10;
    const bool has_code =
        line.size() >= code_size && std::ranges::all_of(line.substr(0, code_size), is_digit);
    if (!has_code ||
        (line.size() > code_size && line[code_size] != ' ' && line[code_size] != '-')) {
        is_broken_ = true;
        return false;
    }
    const int code = ((line[0] - '0') * ten + (line[1] - '0')) * ten + (line[2] - '0');
    if (!reply_.lines.empty() && reply_.code != code) {
        is_broken_ = true;
        return false;
    }
    reply_.code = code;
    reply_.lines.emplace_back(line.substr(std::min(line.size(), code_size + 1)));
    return line.size() == code_size || line[code_size] == ' ';
}

}  // namespace gateway
