// JSON text -> document: the only door to RapidJSON (SAX, iterative). Strict, since a document that
// two readers understand differently is a danger: duplicate keys, NUL, lone surrogates, a BOM,
// bytes that are no UTF-8, trailing content and nesting or size beyond the limits are refused. The
// dialect `fhir` (R4 json.html) also refuses empty arrays and objects, arrays in arrays and nulls
// outside arrays of primitives, and merges `_name` onto the node of `name`: its members become
// children of the primitive. A primitive without a value (`_name` alone, or null in an array) is a
// node of ValueKind::null.
// Numbers keep their text. Strings without escapes are views into the shared input. Every node has
// its source range (the value, without the name).
// Errors: Failure(invalid), or too_large for limits, with an Issue for every fault found: line,
// column, path, and what to do. Safe from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gateway/format/document/document.h"

namespace gateway {

enum class JsonDialect {
    fhir,
    plain,  // any object: `_name` is a name, nulls and empty objects are allowed; an empty array
            // makes no node
};

struct JsonLimits {
    std::size_t bytes_max = std::size_t{1} << 30;
    std::size_t depth_max = 64;  // objects in objects
    std::size_t nodes_max = 20'000'000;
    std::size_t issues_max = 100;  // faults told at once
    JsonDialect dialect = JsonDialect::fhir;
};

Document read_json(std::shared_ptr<const std::string> bytes, std::shared_ptr<const NameTable> names,
                   const JsonLimits& limits = {});

}  // namespace gateway
