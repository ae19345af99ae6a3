// What the parts of the linker share: the files with their syntax, the code as it grows, the
// faults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/map/line_index.h"
#include "gateway/engine/map/map_code.h"
#include "gateway/engine/map/map_set.h"

namespace gateway {

enum class StructureKind : std::uint8_t { unknown, fhir, hl7v2, other };

// What is known of a variable before anything runs.
struct StaticType {
    StructureKind kind = StructureKind::unknown;
    TypeId type = no_type;
    std::string name;  // as written: for structures that the schema does not know
};

struct LinkedFile {
    const MapFile* file = nullptr;
    LineIndex lines;
    MapSyntax syntax;
    std::uint32_t map = 0;
    std::unordered_map<std::string, StaticType> structures;  // by alias
    std::unordered_map<std::string, GroupId> groups;
    std::vector<std::uint32_t> imports;                 // maps, by index
    std::unordered_map<std::string, SlotId> constants;  // of `let` and of the host
    std::unordered_map<std::string, std::uint32_t> share_keys;
};

struct LinkState {
    const LinkContext& context;
    MapCode& code;
    Issues& issues;
    std::vector<LinkedFile> files;  // indexed as code.maps

    const Schema& schema() const { return *context.schema; }

    NameId name_id(std::string_view name) const;

    // A type of the schema or of the file's `uses`; kind unknown if there is none.
    StaticType type_named(const LinkedFile& file, std::string_view name) const;

    void fault(const LinkedFile& file, std::size_t at, std::string text);
    void warn(const LinkedFile& file, std::size_t at, std::string text);

private:
    void add(const LinkedFile& file, std::size_t at, std::string text, Severity severity);
};

// "; did you mean `x`?", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace gateway
