// The facts of a StructureDefinition that checking and navigation need, read from a document: the
// step between FHIR's own JSON and the compiled schema. Pure values; a Failure `invalid` names the
// structure that cannot be read. Spec: R4 structuredefinition.html, elementdefinition.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/format/document/document.h"

namespace gateway {

struct TypeFacts {
    std::string code;  // FHIR's type; for System.String the FHIR type it stands for
    std::vector<std::string> profiles;  // canonical urls
    std::vector<std::string> targets;

    bool operator==(const TypeFacts&) const = default;
};

struct BindingFacts {
    std::string strength;
    std::string value_set;  // without a version; empty where the binding only describes

    bool operator==(const BindingFacts&) const = default;
};

struct InvariantFacts {
    std::string key;
    std::string severity;
    std::string human;
    std::string expression;

    bool operator==(const InvariantFacts&) const = default;
};

struct ElementFacts {
    std::string id;
    std::string path;
    std::string base_path;  // where the element is declared: Element.id for Patient.contact.id
    std::uint32_t min = 0;
    std::uint32_t max = 1;
    bool is_modifier = false;
    bool is_summary = false;
    bool is_xml_attribute = false;
    std::string content_reference;  // "#Bundle.link"
    std::vector<TypeFacts> types;
    std::optional<BindingFacts> binding;
    std::vector<InvariantFacts> invariants;

    bool operator==(const ElementFacts&) const = default;
};

struct Structure {
    std::string url;
    std::string name;  // the type's name; of a profile (SimpleQuantity) its own
    std::string kind;  // R4 valueset-structure-definition-kind.html
    bool is_abstract = false;
    bool is_profile = false;             // derivation `constraint`
    std::string base;                    // canonical url; empty for Element and Resource
    std::vector<ElementFacts> elements;  // the snapshot, in order

    bool operator==(const Structure&) const = default;
};

// One ElementDefinition.
ElementFacts read_element(const Document& document, NodeId element);

// One StructureDefinition with a snapshot.
Structure read_structure(const Document& document, NodeId structure);

// The resources of a Bundle's entries of that type; of any other document its root if it fits.
std::vector<NodeId> resources_of_type(const Document& document, std::string_view type);

// "http://…/mimetypes|4.0.1" -> "http://…/mimetypes".
std::string_view without_version(std::string_view canonical);

}  // namespace gateway
