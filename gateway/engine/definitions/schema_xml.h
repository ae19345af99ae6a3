// The schema as the readers and writers of FHIR XML ask for it (format/fhir/xml_schema.h).
// Immutable; safe from any thread.
#pragma once

#include <memory>
#include <vector>

#include "gateway/engine/definitions/schema.h"
#include "gateway/format/fhir/xml_schema.h"

namespace gateway {

class SchemaXml final : public FhirXmlSchema {
public:
    explicit SchemaXml(std::shared_ptr<const Schema> schema);

    XmlTypeId resource_type(std::string_view name) const override;
    std::optional<XmlMember> member(XmlTypeId parent, NameId json_name) const override;

private:
    // What stands in an element of one type.
    struct Content {
        XmlForm form = XmlForm::object;
        Primitive primitive = Primitive::string;
    };

    std::shared_ptr<const Schema> schema_;
    std::vector<Content> contents_;  // by TypeId
};

}  // namespace gateway
