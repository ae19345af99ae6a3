#include "gateway/engine/validate/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace gateway {

namespace {

// The resource's own type behind a member of type Resource; else the member's type.
TypeId type_of(const Document& document, const Schema& schema, NodeId node, TypeId declared) {
    if (declared != no_type && schema.type(declared).kind != TypeKind::resource) {
        return declared;
    }
    return schema.find_type(document.resource_type(node));
}

}  // namespace

Position LineStarts::at(std::size_t offset) {
    if (text_.empty()) {
        return {};
    }
    if (starts_.empty()) {
        starts_.push_back(0);
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const bool ends = text_[i] == '\n' ||
                              (text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n'));
            if (ends) {
                starts_.push_back(i + 1);
            }
        }
    }
    const auto line = std::ranges::upper_bound(starts_, offset) - 1;
    return {.line = static_cast<std::uint32_t>(line - starts_.begin() + 1),
            .column = static_cast<std::uint32_t>(offset - *line + 1)};
}

void Findings::add(Fault fault) {
    if (full()) {
        return;
    }
    Issue issue{.severity = fault.severity,
                .code = std::string{fault.code},
                .path = path(fault.at),
                .text = std::move(fault.text),
                .rule = std::string{fault.rule}};
    locate(issue, fault.shown_at == no_node ? fault.at : fault.shown_at);
    issues_.add(std::move(issue));
    if (full()) {
        issues_.add({.severity = Severity::error,
                     .code = "too-costly",
                     .path = path(document_.root()),
                     .text = fmt::format("checking stopped after {} issues; mend these and send "
                                         "the message again to see the rest",
                                         options_.issues_max)});
    }
}

// A node that the map made without a source of its own takes that of the nearest node above it.
void Findings::locate(Issue& issue, NodeId node) {
    for (NodeId at = node; at != no_node; at = document_.parent(at)) {
        if (options_.source_of) {
            SourceField source = options_.source_of(at);
            if (!source.field.empty()) {
                issue.source = std::move(source.field);
                issue.position = source.position;
                return;
            }
        }
        const SourceRange range = document_.source(at);
        if (!options_.original.empty() && (range.length > 0 || at == document_.root())) {
            issue.position = lines_.at(range.offset);
            return;
        }
    }
}

std::string Findings::path(NodeId node) const {
    std::vector<NodeId> steps;
    for (NodeId at = node; document_.parent(at) != no_node; at = document_.parent(at)) {
        steps.push_back(at);
    }
    TypeId type = type_of(document_, schema_, document_.root(), no_type);
    std::string out{document_.resource_type(document_.root())};
    for (const NodeId step : steps | std::views::reverse) {
        const ElementMatch match =
            type == no_type ? ElementMatch{} : schema_.element(type, document_.name_id(step));
        out += out.empty() ? "" : ".";
        if (match && match.element->is_choice) {
            out += fmt::format("{}.ofType({})", schema_.names().text(match.element->name),
                               schema_.type(match.type->type).name);
        } else {
            out += document_.name(step);
        }
        if (document_.repeats(step) || (match && match.element->repeats())) {
            out += fmt::format("[{}]", document_.index_among_same(step));
        }
        type = match ? type_of(document_, schema_, step, match.type->type) : no_type;
    }
    return out;
}

}  // namespace gateway
