// What FHIR XML needs to know of the definitions and does not say itself: which elements are arrays
// in JSON, which hold a value, a resource or a narrative, and in which order they stand. Filled by
// engine/definitions (schema_xml.h), which is above this folder. Implementations are immutable and
// safe from any thread. Spec: R4 xml.html, json.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/format/document/name_table.h"
#include "gateway/format/fhir/primitive.h"

namespace gateway {

using XmlTypeId = std::uint32_t;
inline constexpr XmlTypeId no_xml_type = 0xFFFFFFFFU;

enum class XmlForm : std::uint8_t {
    primitive,  // an element with a `value` attribute
    attribute,  // Element.id, Extension.url
    object,
    resource,   // an element around one resource: contained, Bundle.entry.resource
    narrative,  // XHTML
};

// A member of a type, by its name in JSON (`valueQuantity`).
struct XmlMember {
    XmlForm form = XmlForm::object;
    XmlTypeId type = no_xml_type;  // whose members stand inside
    std::uint32_t order = 0;  // among the elements of its parent; the names of a choice share it
    bool repeats = false;
    Primitive primitive = Primitive::string;  // of primitives and attributes
};

class FhirXmlSchema {
public:
    FhirXmlSchema() = default;
    virtual ~FhirXmlSchema() = default;
    FhirXmlSchema(const FhirXmlSchema&) = delete;
    FhirXmlSchema& operator=(const FhirXmlSchema&) = delete;
    FhirXmlSchema(FhirXmlSchema&&) = delete;
    FhirXmlSchema& operator=(FhirXmlSchema&&) = delete;

    // Of a resource that can stand in a document (not Resource, not DomainResource); else
    // no_xml_type.
    virtual XmlTypeId resource_type(std::string_view name) const = 0;

    virtual std::optional<XmlMember> member(XmlTypeId parent, NameId json_name) const = 0;
};

}  // namespace gateway
