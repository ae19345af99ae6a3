// What is wrong with a piece of data: gathered, never thrown. An aspect says what is wrong, the
// scope of the sink knows where (a path that grows on the way down).
// `text` and `path` locate; they never quote a value that could be a person's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

// R4 valueset-issue-severity.html
enum class Severity { fatal, error, warning, information };

std::string_view to_string(Severity severity);

// Where something stands in a text; lines and columns count from 1, 0 means unknown. Columns are
// bytes.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    bool operator==(const Position&) const = default;
};

// The position of byte `offset` in `text`. CR, LF and CR LF each end a line (HL7 v2 uses bare CR).
Position position_at(std::string_view text, std::size_t offset);

struct Issue {
    Severity severity = Severity::error;
    std::string code;         // R4 valueset-issue-type.html: structure, required, value, …
    std::string path;         // FHIRPath-like: Bundle.entry[0].resource.birthDate
    std::string text;         // one sentence: what is wrong, and the fix
    std::string source = {};  // the field in the message as sent: "PID-7.1", or a file name
    Position position = {};   // in the bytes as sent
    std::string rule = {};    // the rule, constraint or error id, for `painbridge explain`

    bool operator==(const Issue&) const = default;
};

class Issues {
public:
    void add(Issue issue) { list_.push_back(std::move(issue)); }

    void append(const Issues& other);

    bool empty() const { return list_.empty(); }

    std::size_t size() const { return list_.size(); }

    bool has_errors() const;

    auto begin() const { return list_.begin(); }

    auto end() const { return list_.end(); }

    auto begin() { return list_.begin(); }

    auto end() { return list_.end(); }

    const Issue& operator[](std::size_t index) const { return list_[index]; }

    bool operator==(const Issues&) const = default;

private:
    std::vector<Issue> list_;
};

// Gathers issues under a path. One per walk, on one thread.
class IssueSink {
public:
    explicit IssueSink(Issues& issues, std::string root = {})
        : issues_(issues), path_(std::move(root)) {}

    void add(Severity severity, std::string_view code, std::string text, Position position = {},
             std::string_view rule = {});

    const std::string& path() const { return path_; }

private:
    friend class IssueScope;
    Issues& issues_;
    std::string path_;
};

// While it lives, issues of the sink stand one step deeper: `.name` or `.name[index]`.
class IssueScope {
public:
    IssueScope(IssueSink& sink, std::string_view name);
    IssueScope(IssueSink& sink, std::string_view name, std::size_t index);
    ~IssueScope();
    IssueScope(const IssueScope&) = delete;
    IssueScope& operator=(const IssueScope&) = delete;
    IssueScope(IssueScope&&) = delete;
    IssueScope& operator=(IssueScope&&) = delete;

private:
    IssueSink& sink_;
    std::size_t length_before_;
};

// The form people and tools know: `file:line:column: severity: text (path)`, then, where `content`
// is given, the line and a caret under the column.
std::string render(const Issue& issue, std::string_view file, std::string_view content = {});

}  // namespace gateway
