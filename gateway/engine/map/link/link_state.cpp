#include "gateway/engine/map/link/link_state.h"

#include <fmt/format.h>

#include "gateway/base/text.h"

namespace gateway {

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
