// A resource in a document -> FHIR XML (R4 xml.html): UTF-8, FHIR's as the default namespace,
// elements in the order of the schema whatever their order in the document. Numbers keep their
// text, a narrative stays as it is (its line ends too: it is opaque). Line ends, tabs and spaces at
// the ends of values are written as character references, so that they come back. Nodes that would
// be an empty object are left out.
//
// Written whole or not at all: what XML cannot say without loss is a fault (a name that R4 does not
// know, a single value where JSON has an array and the other way round, a value of the wrong kind,
// a null without extension, an empty text, a control character, a narrative that is no XHTML, two
// types of one choice). Failure(invalid) with an Issue for every fault; with `original`, the bytes
// that the document was read from, each has line and column. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/format/document/document.h"
#include "gateway/format/fhir/xml_schema.h"

namespace gateway {

struct FhirXmlStyle {
    enum class Layout {
        compact,
        pretty,  // two spaces, one element a line
    } layout = Layout::compact;
    std::string_view original{};
};

std::string write_fhir_xml(const Document& document, NodeId node, const FhirXmlSchema& schema,
                           const FhirXmlStyle& style = {});

}  // namespace gateway
