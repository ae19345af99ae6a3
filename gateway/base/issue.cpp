#include "gateway/base/issue.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::size_t caret_line_max = 160;

bool ends_line(std::string_view text, std::size_t at) {
    return text[at] == '\n' ||
           (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n'));
}

std::string_view line_at(std::string_view content, std::uint32_t line) {
    std::uint32_t current = 1;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < content.size() && current < line; ++i) {
        if (ends_line(content, i)) {
            ++current;
            begin = i + 1;
        }
    }
    if (current != line) {
        return {};
    }
    return content.substr(begin, content.find_first_of("\r\n", begin) - begin);
}

std::string caret_under(std::string_view line, std::uint32_t column) {
    // A v2 segment or a minified JSON file is one long line: show the part around the column.
    const std::size_t at = column > 0 ? column - 1 : 0;
    const std::size_t skip = at > caret_line_max / 2 ? at - caret_line_max / 2 : 0;
    if (skip >= line.size()) {
        return {};
    }
    return fmt::format("\n    {}\n    {}^", line.substr(skip, caret_line_max),
                       std::string(at - skip, ' '));
}

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::fatal:
            return "fatal";
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::information:
            return "information";
    }
    throw std::logic_error("unknown severity");
}

Position position_at(std::string_view text, std::size_t offset) {
    Position position{1, 1};
    for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
        if (ends_line(text, i)) {
            ++position.line;
            position.column = 1;
        } else {
            ++position.column;
        }
    }
    return position;
}

void Issues::append(const Issues& other) {
    list_.insert(list_.end(), other.begin(), other.end());
}

bool Issues::has_errors() const {
    return std::ranges::any_of(list_, [](const Issue& issue) {
        return issue.severity == Severity::error || issue.severity == Severity::fatal;
    });
}

void IssueSink::add(Severity severity, std::string_view code, std::string text, Position position,
                    std::string_view rule) {
    Issue issue;
    issue.severity = severity;
    issue.code = code;
    issue.path = path_;
    issue.text = std::move(text);
    issue.position = position;
    issue.rule = rule;
    issues_.add(std::move(issue));
}

IssueScope::IssueScope(IssueSink& sink, std::string_view name)
    : sink_(sink), length_before_(sink.path_.size()) {
    if (!sink.path_.empty()) {
        sink.path_ += '.';
    }
    sink.path_ += name;
}

IssueScope::IssueScope(IssueSink& sink, std::string_view name, std::size_t index)
    : IssueScope(sink, name) {
    sink.path_ += fmt::format("[{}]", index);
}

IssueScope::~IssueScope() {
    sink_.path_.resize(length_before_);
}

std::string render(const Issue& issue, std::string_view file, std::string_view content) {
    std::string out{file};
    if (issue.position.line > 0) {
        out += fmt::format(":{}:{}", issue.position.line, issue.position.column);
    }
    out += fmt::format(": {}: {}", to_string(issue.severity), issue.text);
    if (!issue.path.empty() && !issue.source.empty()) {
        out += fmt::format(" ({}, from {})", issue.path, issue.source);
    } else if (!issue.path.empty() || !issue.source.empty()) {
        out += fmt::format(" ({}{})", issue.path, issue.source);
    }
    if (!content.empty() && issue.position.line > 0) {
        out += caret_under(line_at(content, issue.position.line), issue.position.column);
    }
    return out;
}

}  // namespace gateway
