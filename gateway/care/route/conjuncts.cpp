#include "gateway/care/route/conjuncts.h"

#include <cctype>

#include "gateway/base/text.h"

namespace gateway {

namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Behind a quoted text or name that starts at `at`.
std::size_t behind_quotes(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != quote; ++at) {
        at += static_cast<std::size_t>(text[at] == '\\');
    }
    return at + 1;
}

std::size_t word_end(std::string_view text, std::size_t at) {
    while (at < text.size() && is_word(text[at])) {
        ++at;
    }
    return at;
}

}  // namespace

std::vector<std::string> conjuncts(std::string_view condition) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t at = 0; at < condition.size();) {
        const char c = condition[at];
        if (c == '\'' || c == '"' || c == '`') {
            at = behind_quotes(condition, at);
        } else if (is_word(c)) {
            const std::size_t end = word_end(condition, at);
            const std::string_view word = condition.substr(at, end - at);
            const bool is_top = depth == 0 && (at == 0 || condition[at - 1] != '.');
            if (is_top && (word == "or" || word == "xor" || word == "implies")) {
                return {std::string{trimmed(condition)}};
            }
            if (is_top && word == "and") {
                parts.emplace_back(trimmed(condition.substr(begin, at - begin)));
                begin = end;
            }
            at = end;
        } else {
            depth += c == '(' || c == '[' ? 1 : 0;
            depth -= c == ')' || c == ']' ? 1 : 0;
            ++at;
        }
    }
    parts.emplace_back(trimmed(condition.substr(begin)));
    return parts;
}

}  // namespace gateway
