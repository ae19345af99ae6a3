// The values that literals and the constants of FHIR stand for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/engine/fhirpath/syntax/path_syntax.h"
#include "gateway/engine/fhirpath/value.h"

namespace gateway {

// A number, date or time; nothing if it is out of the range of its type.
std::optional<Value> read_literal(const SyntaxNode& node);

// %sct, %loinc, %ucum, %`vs-…`, %`ext-…` (R4 fhirpath.html#variables); nothing for other names.
std::optional<std::string> constant_url(std::string_view name);

}  // namespace gateway
