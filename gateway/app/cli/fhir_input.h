// A resource that a person hands to a verb: FHIR JSON or FHIR XML, told apart by how it begins.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/engine/definitions/schema.h"
#include "gateway/format/document/document.h"

namespace gateway {

bool is_xml(std::string_view bytes);

// Failure(invalid) or Failure(too_large), as the readers have it.
Document read_fhir(std::shared_ptr<const std::string> bytes, std::shared_ptr<const Schema> schema,
                   std::shared_ptr<const NameTable> names);

}  // namespace gateway
