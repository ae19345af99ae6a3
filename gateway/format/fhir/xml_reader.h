// FHIR XML -> the document that FHIR JSON would give (R4 xml.html, json.html): what is an array, a
// number or a resource comes from the schema. Strict, each fault with line, column and element
// path: unknown elements, attributes and namespaces, a wrong order, an element twice, an empty one,
// text between elements, values that are missing, empty or no number or boolean, narratives that
// break R4's rules, and what format/xml refuses (any DOCTYPE, an encoding that is not the declared
// one).
//
// White space at the ends of a value is formatting and goes (R4 xml.html asks readers to trim),
// unless it is written as a character reference; inside, XML makes spaces of line ends. Comments
// and processing instructions are no content. A narrative is kept as written
// (format/fhir/narrative.h). Values without references are views into the shared text. The range of
// a primitive is its value with its quotes, that of an object its element, both in the original
// bytes. Errors: Failure(invalid), or too_large for limits, with an Issue for every fault found.
// Safe from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gateway/format/document/document.h"
#include "gateway/format/fhir/xml_schema.h"

namespace gateway {

struct FhirXmlLimits {
    std::size_t bytes_max = std::size_t{1} << 30;
    std::size_t depth_max = 64;  // objects in objects, as in JSON
    std::size_t nodes_max = 20'000'000;
    std::size_t issues_max = 100;  // faults told at once
    // Lenient is for the files of published suites, some of which have xsi:schemaLocation (R4
    // forbids it in what is exchanged) or elements out of order.
    enum class Manner { strict, lenient } manner = Manner::strict;
};

Document read_fhir_xml(std::shared_ptr<const std::string> bytes,
                       std::shared_ptr<const NameTable> names, const FhirXmlSchema& schema,
                       const FhirXmlLimits& limits = {});

}  // namespace gateway
