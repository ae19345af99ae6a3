#include "gateway/engine/definitions/pack/structure.h"

#include <charconv>
#include <limits>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr std::string_view fhir_type_extension =
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
constexpr std::string_view system_type_prefix = "http://hl7.org/fhirpath/System.";

std::vector<std::string> values(const Document& document, NodeId node, std::string_view name) {
    std::vector<std::string> out;
    for (const NodeId child : document.children(node, name)) {
        out.emplace_back(document.value(child));
    }
    return out;
}

bool is_true(const Document& document, NodeId node, std::string_view name) {
    return document.child_value(node, name) == "true";
}

std::uint32_t count(std::string_view text, std::string_view path) {
    if (text == "*") {
        return std::numeric_limits<std::uint32_t>::max();
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Failure(Category::invalid,
                      "the cardinality of " + std::string{path} + " is not a number or *");
    }
    return number;
}

// R4 types its ids and primitive values with FHIRPath's System types and names the FHIR type in an
// extension (elementdefinition.html, "type.code").
std::string type_code(const Document& document, NodeId type) {
    std::string code{document.child_value(type, "code")};
    if (!code.starts_with(system_type_prefix)) {
        return code;
    }
    for (const NodeId extension : document.children(type, "extension")) {
        if (document.child_value(extension, "url") == fhir_type_extension) {
            return std::string{document.child_value(extension, "valueUrl")};
        }
    }
    return "string";  // Element.id itself carries no extension
}

TypeFacts read_type(const Document& document, NodeId type) {
    return {.code = type_code(document, type),
            .profiles = values(document, type, "profile"),
            .targets = values(document, type, "targetProfile")};
}

InvariantFacts read_invariant(const Document& document, NodeId constraint) {
    return {.key = std::string{document.child_value(constraint, "key")},
            .severity = std::string{document.child_value(constraint, "severity")},
            .human = std::string{document.child_value(constraint, "human")},
            .expression = std::string{document.child_value(constraint, "expression")}};
}

bool has_value(const Document& document, NodeId node, std::string_view name,
               std::string_view value) {
    for (const NodeId child : document.children(node, name)) {
        if (document.value(child) == value) {
            return true;
        }
    }
    return false;
}

std::string_view declared_at(const Document& document, NodeId element) {
    const NodeId path = document.at(element, {"base", "path"});
    return path == no_node ? std::string_view{} : document.value(path);
}

}  // namespace

std::string_view without_version(std::string_view canonical) {
    return canonical.substr(0, canonical.find('|'));
}

ElementFacts read_element(const Document& document, NodeId element) {
    ElementFacts facts;
    facts.id = document.child_value(element, "id");
    facts.path = document.child_value(element, "path");
    facts.base_path = declared_at(document, element);
    facts.min = count(document.child_value(element, "min"), facts.path);
    facts.max = count(document.child_value(element, "max"), facts.path);
    facts.is_modifier = is_true(document, element, "isModifier");
    facts.is_summary = is_true(document, element, "isSummary");
    facts.is_xml_attribute = has_value(document, element, "representation", "xmlAttr");
    facts.content_reference = document.child_value(element, "contentReference");
    for (const NodeId type : document.children(element, "type")) {
        facts.types.push_back(read_type(document, type));
    }
    if (const NodeId binding = document.child(element, "binding"); binding != no_node) {
        const std::string_view url = document.child_value(binding, "valueSet");
        facts.binding = {.strength = std::string{document.child_value(binding, "strength")},
                         .value_set = std::string{without_version(url)}};
    }
    for (const NodeId constraint : document.children(element, "constraint")) {
        facts.invariants.push_back(read_invariant(document, constraint));
    }
    return facts;
}

Structure read_structure(const Document& document, NodeId structure) {
    Structure facts;
    facts.url = document.child_value(structure, "url");
    facts.kind = document.child_value(structure, "kind");
    facts.is_abstract = is_true(document, structure, "abstract");
    facts.is_profile = document.child_value(structure, "derivation") == "constraint";
    facts.base = document.child_value(structure, "baseDefinition");
    facts.name = document.child_value(structure, facts.is_profile ? "name" : "type");
    const NodeId snapshot = document.child(structure, "snapshot");
    if (snapshot == no_node) {
        throw Failure(Category::invalid, "the StructureDefinition " + facts.url +
                                             " has no snapshot; generate one first");
    }
    for (const NodeId element : document.children(snapshot, "element")) {
        facts.elements.push_back(read_element(document, element));
    }
    return facts;
}

std::vector<NodeId> resources_of_type(const Document& document, std::string_view type) {
    std::vector<NodeId> found;
    const NodeId root = document.root();
    if (document.resource_type(root) == type) {
        found.push_back(root);
    }
    for (const NodeId entry : document.children(root, "entry")) {
        const NodeId resource = document.child(entry, "resource");
        if (resource != no_node && document.resource_type(resource) == type) {
            found.push_back(resource);
        }
    }
    return found;
}

}  // namespace gateway
