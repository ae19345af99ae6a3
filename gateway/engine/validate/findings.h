// Collects the issues of one walk and says where each stands: path, line and column, source field.
// That costs nothing until there is an issue. One per walk, on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/validate/validator.h"
#include "gateway/format/document/document.h"

namespace gateway {

// Line starts of a text, found once: position_at for many offsets.
class LineStarts {
public:
    explicit LineStarts(std::string_view text) : text_(text) {}

    Position at(std::size_t offset);

private:
    std::string_view text_;
    std::vector<std::size_t> starts_;
};

// `code` is one of R4 valueset-issue-type.html. The path is that of `at`; the line is that of
// `shown_at` where given: an unknown member is a fault of the object, and stands at the member.
struct Fault {
    Severity severity = Severity::error;
    std::string_view code;
    NodeId at = no_node;
    std::string text;
    std::string_view rule = {};
    NodeId shown_at = no_node;
};

class Findings {
public:
    Findings(const Document& document, const Schema& schema, const ValidateOptions& options)
        : document_(document), schema_(schema), options_(options), lines_(options.original) {}

    void add(Fault fault);

    void error(std::string_view code, NodeId at, std::string text, std::string_view rule = {}) {
        add({.code = code, .at = at, .text = std::move(text), .rule = rule});
    }

    void warning(std::string_view code, NodeId at, std::string text, std::string_view rule = {}) {
        add({.severity = Severity::warning,
             .code = code,
             .at = at,
             .text = std::move(text),
             .rule = rule});
    }

    // No more room: the walk should end.
    bool full() const { return issues_.size() >= options_.issues_max; }

    Issues take() { return std::move(issues_); }

    // FHIRPath from the document's root: Bundle.entry[0].resource.value.ofType(Quantity).unit
    std::string path(NodeId node) const;

private:
    void locate(Issue& issue, NodeId node);

    const Document& document_;
    const Schema& schema_;
    const ValidateOptions& options_;
    LineStarts lines_;
    Issues issues_;
};

}  // namespace gateway
