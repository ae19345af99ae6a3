#include "gateway/engine/map/link/link_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gateway/base/text.h"

namespace gateway {

// A line ends with LF, CR LF or CR, as `position_at` counts them.
LineIndex::LineIndex(std::string_view text) : starts_{0} {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool lone_return = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (text[i] == '\n' || lone_return) {
            starts_.push_back(i + 1);
        }
    }
}

Position LineIndex::at(std::size_t offset) const {
    const auto next = std::ranges::upper_bound(starts_, offset);
    return {static_cast<std::uint32_t>(next - starts_.begin()),
            static_cast<std::uint32_t>(offset - *std::prev(next) + 1)};
}

NameId LinkState::name_id(std::string_view name) const {
    return context.names->find(name).value_or(unshared_name);
}

StaticType LinkState::type_named(const LinkedFile& file, std::string_view name) const {
    const auto declared = file.structures.find(std::string{name});
    if (declared != file.structures.end()) {
        return declared->second;
    }
    const TypeId type = schema().find_type(name);
    if (type == no_type) {
        return {};
    }
    return {StructureKind::fhir, type, std::string{name}};
}

void LinkState::fault(const LinkedFile& file, std::size_t at, std::string text) {
    add(file, at, std::move(text), Severity::error);
}

void LinkState::warn(const LinkedFile& file, std::size_t at, std::string text) {
    add(file, at, std::move(text), Severity::warning);
}

void LinkState::add(const LinkedFile& file, std::size_t at, std::string text, Severity severity) {
    Issue issue;
    issue.severity = severity;
    issue.code = "invalid";
    issue.text = std::move(text);
    issue.source = file.file->name;
    issue.position = file.lines.at(at);
    issues.add(std::move(issue));
}

std::string suggestion(std::string_view word, std::span<const std::string> known) {
    const auto near = nearest_word(word, known);
    return near ? fmt::format("; did you mean `{}`?", *near) : std::string{};
}

}  // namespace gateway
