#include "gateway/format/fhir/operation_outcome.h"

#include <fmt/format.h>

#include <string_view>

#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

void add_text(Document& document, NodeId parent, std::string_view name, std::string_view text) {
    document.set_value(document.append(parent, name), ValueKind::string, text);
}

// Where the fault stands in the message as sent: "PID-7.1, line 3, column 42; rule pid-1".
std::string diagnostics_of(const Issue& issue) {
    std::string out = issue.source;
    const auto add = [&out](std::string_view separator, const std::string& part) {
        out += out.empty() ? "" : separator;
        out += part;
    };
    if (issue.position.line > 0) {
        add(", ", fmt::format("line {}, column {}", issue.position.line, issue.position.column));
    }
    if (!issue.rule.empty()) {
        add("; ", "rule " + issue.rule);
    }
    return out;
}

void add_issue(Document& document, const Issue& issue) {
    const NodeId node = document.append(document.root(), "issue");
    document.set_repeats(node, true);
    add_text(document, node, "severity", to_string(issue.severity));
    add_text(document, node, "code", issue.code.empty() ? "processing" : issue.code);
    if (!issue.text.empty()) {
        add_text(document, document.append(node, "details"), "text", issue.text);
    }
    if (const std::string diagnostics = diagnostics_of(issue); !diagnostics.empty()) {
        add_text(document, node, "diagnostics", diagnostics);
    }
    if (!issue.path.empty()) {
        add_text(document, node, "expression", issue.path);
        document.set_repeats(document.child(node, "expression"), true);
    }
}

}  // namespace

Document operation_outcome(const Issues& issues, std::shared_ptr<const NameTable> names) {
    Document document(std::move(names));
    add_text(document, document.root(), "resourceType", "OperationOutcome");
    for (const Issue& issue : issues) {
        add_issue(document, issue);
    }
    if (issues.empty()) {
        // R4 operationoutcome.html: at least one issue; this is its example for success.
        add_issue(document, {.severity = Severity::information,
                             .code = "informational",
                             .path = {},
                             .text = "All OK"});
    }
    return document;
}

std::string operation_outcome_json(const Issues& issues,
                                   const std::shared_ptr<const NameTable>& names) {
    return write_json(operation_outcome(issues, names));
}

Issues issues_of(const Failure& failure) {
    if (!failure.issues().empty()) {
        return failure.issues();
    }
    Issues issues;
    issues.add({.severity = Severity::error,
                .code = std::string{describe(failure.category()).issue_code},
                .path = {},
                .text = failure.external()});
    return issues;
}

}  // namespace gateway
