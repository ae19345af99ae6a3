// The layout of the schema pack: one block of bytes, tables of fixed records and one text area,
// linked by numbers only, so that it can lie in the binary or be mapped from a file and is read
// where it stands. Little-endian, as every machine we build for.
// A reader checks magic, version, checksum and that each table lies inside; a Failure `invalid`
// says which of them is wrong.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

inline constexpr std::uint32_t schema_pack_version = 1;
inline constexpr std::uint32_t pack_none = 0xFFFFFFFFU;

struct PackText {
    std::uint32_t offset = 0;  // into the text area
    std::uint32_t size = 0;
};

struct PackRange {
    std::uint32_t first = 0;  // a record of the table that the field belongs to
    std::uint32_t count = 0;
};

struct PackType {
    PackText name;
    PackText url;
    std::uint32_t name_index = 0;
    std::uint32_t kind = 0;  // TypeKind
    std::uint32_t flags = 0;
    std::uint32_t base = pack_none;
    PackRange elements;
    PackRange invariants;  // of invariant_refs
};

struct PackElement {
    PackText path;
    PackText content_reference;
    std::uint32_t name_index = 0;
    std::uint32_t owner = pack_none;
    std::uint32_t min = 0;
    std::uint32_t max = 1;
    std::uint32_t flags = 0;
    std::uint32_t strength = 0;           // BindingStrength
    std::uint32_t value_set = pack_none;  // none: no binding
    PackRange types;
    PackRange invariants;  // of invariant_refs
};

struct PackElementType {
    std::uint32_t name_index = 0;
    std::uint32_t type = pack_none;
    std::uint32_t profile = pack_none;
    PackRange targets;
};

struct PackInvariant {
    PackText key;
    PackText human;
    PackText expression;
    std::uint32_t is_error = 1;
};

struct PackValueSet {
    PackText url;
    std::uint32_t enumerable = 0;
    PackRange codes;
};

struct PackCode {
    PackText system;
    PackText code;
};

inline constexpr std::uint32_t pack_type_abstract = 1;
inline constexpr std::uint32_t pack_type_profile = 2;

inline constexpr std::uint32_t pack_element_choice = 1;
inline constexpr std::uint32_t pack_element_primitive = 2;
inline constexpr std::uint32_t pack_element_modifier = 4;
inline constexpr std::uint32_t pack_element_summary = 8;
inline constexpr std::uint32_t pack_element_xml_attribute = 16;

// What a pack holds: views of the bytes it was read from.
struct SchemaPackView {
    std::string_view texts;
    std::string_view fhir_version;
    std::string_view origin;
    std::span<const PackText> names;  // every element, choice and type name once
    std::span<const PackType> types;
    std::span<const PackElement> elements;
    std::span<const PackElementType> element_types;
    std::span<const std::uint32_t> targets;
    std::span<const PackInvariant> invariants;
    std::span<const std::uint32_t> invariant_refs;
    std::span<const PackValueSet> value_sets;
    std::span<const PackCode> codes;

    std::string_view text(PackText text) const;
};

// `bytes` must be aligned to 8 and outlive the view.
SchemaPackView read_schema_pack(std::string_view bytes);

// The same tables while they are built.
struct SchemaPackTables {
    std::string texts;
    PackText fhir_version;
    PackText origin;
    std::vector<PackText> names;
    std::vector<PackType> types;
    std::vector<PackElement> elements;
    std::vector<PackElementType> element_types;
    std::vector<std::uint32_t> targets;
    std::vector<PackInvariant> invariants;
    std::vector<std::uint32_t> invariant_refs;
    std::vector<PackValueSet> value_sets;
    std::vector<PackCode> codes;
};

std::string write_schema_pack(const SchemaPackTables& tables);

}  // namespace gateway
