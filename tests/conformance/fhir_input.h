// The resources that suites are run on: FHIR JSON or FHIR XML. A suite may name a file that lies
// there in the other format.
#pragma once

#include <memory>
#include <string>

#include "gateway/format/document/document.h"
#include "gateway/format/fhir/xml_schema.h"

namespace gateway::conformance {

// Throws std::runtime_error or Failure if there is no such file or it cannot be read.
Document read_resource(const std::string& path, const FhirXmlSchema& schema,
                       const std::shared_ptr<const NameTable>& names);

}  // namespace gateway::conformance
