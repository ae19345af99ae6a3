#include "gateway/flow/pipeline/engines.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/pipeline/constants.h"
#include "gateway/format/hl7v2/names.h"
#include "gateway/format/json/reader.h"

namespace gateway {

namespace {

// Sorted, so that the same folder gives the same digest everywhere.
std::vector<std::string> files_with(const std::string& folder, std::string_view extension) {
    std::vector<std::string> files;
    std::error_code error;
    auto entries = std::filesystem::recursive_directory_iterator(folder, error);
    if (error) {
        throw Failure(Category::not_found, folder + ": the folder of the maps cannot be read");
    }
    for (const auto& entry : entries) {
        if (entry.is_regular_file() && entry.path().extension() == extension) {
            files.push_back(entry.path().string());
        }
    }
    std::ranges::sort(files);
    return files;
}

std::vector<Document> read_concept_maps(const std::vector<std::string>& files,
                                        const std::shared_ptr<const NameTable>& names,
                                        Issues& issues) {
    std::vector<Document> concept_maps;
    for (const std::string& file : files) {
        try {
            concept_maps.push_back(
                read_json(std::make_shared<const std::string>(read_file(file)), names));
        } catch (const Failure& failure) {
            // Start-up: every fault of every file is told, not only the first.
            for (Issue issue : failure.issues()) {
                issue.source = file;
                issues.add(std::move(issue));
            }
            if (failure.issues().empty()) {
                issues.add(
                    {.code = "invalid", .path = {}, .text = failure.internal(), .source = file});
            }
        }
    }
    return concept_maps;
}

}  // namespace

Engines load_definitions() {
    auto names = std::make_shared<NameTable>();
    add_schema_names(*names);
    add_hl7v2_names(*names);
    Engines engines;
    engines.names = std::move(names);
    engines.schema = Schema::shipped(engines.names);
    engines.validator = std::make_shared<const Validator>(engines.schema);
    return engines;
}

void load_maps(const std::string& folder, Engines& engines, Issues& issues) {
    std::vector<MapFile> files;
    for (const std::string& file : files_with(folder, ".fml")) {
        files.push_back({file, read_file(file)});
    }
    link_map_files(std::move(files), files_with(folder, ".json"), engines, issues);
}

void link_map_files(std::vector<MapFile> files, const std::vector<std::string>& concept_map_files,
                    Engines& engines, Issues& issues) {
    const auto concept_maps = read_concept_maps(concept_map_files, engines.names, issues);
    engines.map_files = std::move(files);
    LinkedMaps linked = link_maps(engines.map_files, {.names = engines.names,
                                                      .schema = engines.schema,
                                                      .constants = map_constants(),
                                                      .concept_maps = concept_maps});
    issues.append(linked.issues);
    engines.maps = std::move(linked.maps);
}

}  // namespace gateway
