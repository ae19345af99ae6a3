#include "gateway/engine/fhirpath/syntax/path_syntax.h"

#include <string>

namespace gateway {

Position position_in_text(const std::string& source, Position start, std::size_t offset) {
    Position position = position_at(source, offset);
    if (position.line == 1) {
        position.column += start.column - 1;
    }
    position.line += start.line - 1;
    return position;
}

Failure path_failure(Category category, std::string text, const std::string& source, Position start,
                     std::size_t offset) {
    Issue issue;
    issue.severity = Severity::error;
    issue.code = category == Category::invalid ? "invalid" : "processing";
    issue.text = std::move(text);
    issue.position = position_at(source, offset);
    std::string shown = render(issue, "FHIRPath", source);
    issue.position = position_in_text(source, start, offset);
    const std::string place =
        std::to_string(issue.position.line) + ":" + std::to_string(issue.position.column);
    std::string external = "FHIRPath expression, " + place + ": " + issue.text;
    Issues issues;
    issues.add(std::move(issue));
    return Failure(category, std::move(external), std::move(shown), std::move(issues));
}

}  // namespace gateway
