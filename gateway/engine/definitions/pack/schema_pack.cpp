#include "gateway/engine/definitions/pack/schema_pack.h"

#include <bit>
#include <cstring>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view magic = "PBSCHEMA";
constexpr std::size_t alignment = 8;

enum Table : std::uint8_t {
    table_texts,
    table_names,
    table_types,
    table_elements,
    table_element_types,
    table_targets,
    table_invariants,
    table_invariant_refs,
    table_value_sets,
    table_codes,
    table_count
};

struct TablePlace {
    std::uint32_t offset = 0;  // from the start of the pack
    std::uint32_t count = 0;   // records
};

struct Header {
    std::array<char, 8> magic{};
    std::uint32_t version = schema_pack_version;
    std::uint32_t size = 0;  // of the whole pack
    std::uint64_t checksum = 0;
    PackText fhir_version;
    PackText origin;
    std::array<TablePlace, table_count> tables{};
};

[[noreturn]] void refuse(std::string_view what) {
    throw Failure(Category::invalid, "the schema pack cannot be used: " + std::string{what} +
                                         "; build it again with painbridge-pack");
}

// FNV-1a over 8-byte words: it finds damage, not malice; a pack is trusted like the binary.
std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t sum = 0xcbf29ce484222325U;
    while (!bytes.empty()) {
        const std::size_t taken = std::min(bytes.size(), sizeof(std::uint64_t));
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), taken);
        sum = (sum ^ word) * 0x100000001b3U;
        sum ^= sum >> 29U;
        bytes.remove_prefix(taken);
    }
    return sum;
}

template <typename Record>
std::span<const Record> table(std::string_view bytes, const Header& header, Table which) {
    const TablePlace place = header.tables.at(which);
    const std::uint64_t end = place.offset + std::uint64_t{place.count} * sizeof(Record);
    if (place.offset % alignment != 0 || end > bytes.size()) {
        refuse("a table lies outside the file");
    }
    const void* start = bytes.data() + place.offset;
    return {static_cast<const Record*>(start), place.count};
}

Header read_header(std::string_view bytes) {
    Header header;
    if (bytes.size() < sizeof(Header)) {
        refuse("it is too short");
    }
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (std::string_view{header.magic.data(), header.magic.size()} != magic) {
        refuse("it does not begin with " + std::string{magic});
    }
    if (header.version != schema_pack_version) {
        refuse("it has version " + std::to_string(header.version) + ", this build reads version " +
               std::to_string(schema_pack_version));
    }
    if (header.size != bytes.size()) {
        refuse("it is cut short or too long");
    }
    if (header.checksum != checksum(bytes.substr(sizeof(Header)))) {
        refuse("its checksum does not match");
    }
    return header;
}

template <typename Record>
void put_table(std::string& out, Header& header, Table which, std::span<const Record> records) {
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    header.tables.at(which) = {.offset = static_cast<std::uint32_t>(out.size()),
                               .count = static_cast<std::uint32_t>(records.size())};
    const std::size_t bytes = records.size_bytes();
    if (bytes > 0) {
        out.resize(out.size() + bytes);
        std::memcpy(out.data() + out.size() - bytes, records.data(), bytes);
    }
}

}  // namespace

std::string_view SchemaPackView::text(PackText text) const {
    if (std::uint64_t{text.offset} + text.size > texts.size()) {
        refuse("a text lies outside the text area");
    }
    return texts.substr(text.offset, text.size);
}

SchemaPackView read_schema_pack(std::string_view bytes) {
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment != 0) {
        refuse("it is not aligned in memory");
    }
    const Header header = read_header(bytes);
    SchemaPackView view;
    const auto texts = table<char>(bytes, header, table_texts);
    view.texts = {texts.data(), texts.size()};
    view.names = table<PackText>(bytes, header, table_names);
    view.types = table<PackType>(bytes, header, table_types);
    view.elements = table<PackElement>(bytes, header, table_elements);
    view.element_types = table<PackElementType>(bytes, header, table_element_types);
    view.targets = table<std::uint32_t>(bytes, header, table_targets);
    view.invariants = table<PackInvariant>(bytes, header, table_invariants);
    view.invariant_refs = table<std::uint32_t>(bytes, header, table_invariant_refs);
    view.value_sets = table<PackValueSet>(bytes, header, table_value_sets);
    view.codes = table<PackCode>(bytes, header, table_codes);
    view.fhir_version = view.text(header.fhir_version);
    view.origin = view.text(header.origin);
    return view;
}

std::string write_schema_pack(const SchemaPackTables& tables) {
    Header header;
    magic.copy(header.magic.data(), header.magic.size());
    header.fhir_version = tables.fhir_version;
    header.origin = tables.origin;
    std::string out(sizeof(Header), '\0');
    put_table<char>(out, header, table_texts, tables.texts);
    put_table<PackText>(out, header, table_names, tables.names);
    put_table<PackType>(out, header, table_types, tables.types);
    put_table<PackElement>(out, header, table_elements, tables.elements);
    put_table<PackElementType>(out, header, table_element_types, tables.element_types);
    put_table<std::uint32_t>(out, header, table_targets, tables.targets);
    put_table<PackInvariant>(out, header, table_invariants, tables.invariants);
    put_table<std::uint32_t>(out, header, table_invariant_refs, tables.invariant_refs);
    put_table<PackValueSet>(out, header, table_value_sets, tables.value_sets);
    put_table<PackCode>(out, header, table_codes, tables.codes);
    header.size = static_cast<std::uint32_t>(out.size());
    header.checksum = checksum(std::string_view{out}.substr(sizeof(Header)));
    std::memcpy(out.data(), &header, sizeof(Header));
    return out;
}

}  // namespace gateway
