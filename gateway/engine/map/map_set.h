// All maps of a configuration, linked: groups found across imports, variables numbered, elements
// checked against the schema, expressions compiled. Immutable and shared between threads.
// https://hl7.org/fhir/R4/mapping-language.html
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/map/syntax.h"
#include "gateway/format/document/document.h"

namespace gateway {

struct MapCode;  // map_code.h

class MapSet {
public:
    explicit MapSet(std::shared_ptr<const MapCode> code);

    // The urls of the maps that have a group, in the order of the files.
    std::vector<std::string_view> urls() const;

    bool has(std::string_view url) const;

    // SHA-256 over the map's file and all that it imports, in hexadecimal: what `Provenance` names.
    std::string_view digest(std::string_view url) const;

    const MapCode& code() const { return *code_; }

private:
    std::shared_ptr<const MapCode> code_;
};

struct LinkContext {
    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const Schema> schema;
    // Names that MapContext::constants will have values for: `%name`.
    std::vector<std::string> constants = {};
    // ConceptMap resources that `translate` may name by their canonical url.
    std::span<const Document> concept_maps = {};
};

struct LinkedMaps {
    std::shared_ptr<const MapSet> maps;  // null if `issues` has errors
    Issues issues;                       // `source` is the file's name
};

// Parses and links. All faults of all files come back, warnings too.
LinkedMaps link_maps(std::span<const MapFile> files, const LinkContext& context);

// The issues as people read them: file:line:column, text, the line and a caret.
std::string render_faults(const Issues& issues, std::span<const MapFile> files);

}  // namespace gateway
