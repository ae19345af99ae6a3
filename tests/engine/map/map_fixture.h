// Links maps and runs them over JSON or HL7 v2 with a fixed clock, fixed ids and a known zone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/definitions/schema.h"
#include "gateway/engine/map/explain.h"
#include "gateway/engine/map/map_set.h"
#include "gateway/engine/map/runner.h"

namespace gateway {

// The shared names and the schema, made once.
const std::shared_ptr<const NameTable>& test_names();
const std::shared_ptr<const Schema>& test_schema();

LinkContext test_link_context();

// One file `map.fml`. The test fails with the rendered faults if it does not link.
std::shared_ptr<const MapSet> linked(std::string text);

// The faults of one file, a line each: "3:12 there is no group …".
std::vector<std::string> faults_of(std::string text);

// A source message: HL7 v2 if it begins with MSH, grouped as its structure says; else FHIR JSON.
class MapInputText {
public:
    explicit MapInputText(std::string text);

    MapInput input() const { return {document_, *bytes_}; }

    const Document& document() const { return document_; }

private:
    std::shared_ptr<const std::string> bytes_;
    Document document_;
};

MapContext test_context();

// Runs the set's first map.
MapResult run(const MapSet& maps, const MapInputText& source,
              const MapContext& context = test_context());

// A group with these rules over Patient `src` or v2 message `src` into Patient `tgt`; JSON out.
std::string mapped(std::string_view rules, std::string source);

// "warning value PID-7 1:23 text" of each issue.
std::vector<std::string> issue_lines(const Issues& issues);

std::string patient_map(std::string_view rules);
std::string hl7v2_map(std::string_view rules);

}  // namespace gateway
