#include "gateway/format/fhir/scanner.h"

namespace gateway {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::size_t Scanner::digits() {
    std::size_t count = 0;
    while (count < text_.size() && is_digit(text_[count])) {
        ++count;
    }
    text_.remove_prefix(count);
    return count;
}

std::optional<int> Scanner::number(std::size_t size) {
    if (text_.size() < size) {
        return std::nullopt;
    }
    int number = 0;
    for (const char c : text_.substr(0, size)) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        number = number * 10 + (c - '0');
    }
    text_.remove_prefix(size);
    return number;
}

}  // namespace gateway
