// The compiled knowledge that converts messages, without any settings: what `painbridge map` and
// `validate` need, and what the gateway's own snapshot stands on. Immutable; shared by all threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/map/map_set.h"
#include "gateway/engine/validate/validator.h"
#include "gateway/format/document/name_table.h"

namespace gateway {

struct Engines {
    std::shared_ptr<const NameTable> names;
    std::shared_ptr<const Schema> schema;
    std::shared_ptr<const Validator> validator;
    std::vector<MapFile> map_files;
    std::shared_ptr<const MapSet> maps;  // null if a map has faults
};

// R4's definitions and the validator, no maps.
Engines load_definitions();

// The maps of a folder (*.fml) and its concept maps (concept-maps/*.json), parsed and linked.
// Faults come back as issues whose source is the file; a folder that cannot be read is a Failure.
void load_maps(const std::string& folder, Engines& engines, Issues& issues);

// The same of named files.
void link_map_files(std::vector<MapFile> files, const std::vector<std::string>& concept_map_files,
                    Engines& engines, Issues& issues);

}  // namespace gateway
