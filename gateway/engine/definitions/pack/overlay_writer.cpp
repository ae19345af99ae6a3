// The JSON form of an overlay: an ElementDefinition with the facts that the schema keeps.
#include "gateway/engine/definitions/pack/overlay.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr std::uint32_t no_limit = 0xFFFFFFFFU;

void put_text(Document& document, NodeId parent, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        document.set_value(document.append(parent, name), ValueKind::string, value);
    }
}

void put_texts(Document& document, NodeId parent, std::string_view name,
               const std::vector<std::string>& values) {
    for (const std::string& value : values) {
        const NodeId node = document.append(parent, name);
        document.set_value(node, ValueKind::string, value);
        document.set_repeats(node, true);
    }
}

void put_flag(Document& document, NodeId parent, std::string_view name, bool flag) {
    if (flag) {
        document.set_value(document.append(parent, name), ValueKind::boolean, "true");
    }
}

NodeId put_member(Document& document, NodeId parent, std::string_view name) {
    const NodeId node = document.append(parent, name);
    document.set_repeats(node, true);
    return node;
}

void put_cardinality(Document& document, NodeId node, const ElementFacts& element) {
    document.set_value(document.append(node, "min"), ValueKind::number,
                       std::to_string(element.min));
    put_text(document, node, "max", element.max == no_limit ? "*" : std::to_string(element.max));
}

void put_types(Document& document, NodeId node, const ElementFacts& element) {
    for (const TypeFacts& type : element.types) {
        const NodeId made = put_member(document, node, "type");
        put_text(document, made, "code", type.code);
        put_texts(document, made, "profile", type.profiles);
        put_texts(document, made, "targetProfile", type.targets);
    }
}

void put_invariants(Document& document, NodeId node, const ElementFacts& element) {
    for (const InvariantFacts& invariant : element.invariants) {
        const NodeId made = put_member(document, node, "constraint");
        put_text(document, made, "key", invariant.key);
        put_text(document, made, "severity", invariant.severity);
        put_text(document, made, "human", invariant.human);
        put_text(document, made, "expression", invariant.expression);
    }
}

void put_element(Document& document, NodeId node, const ElementFacts& element) {
    put_text(document, node, "id", element.id);
    put_text(document, node, "path", element.path);
    if (element.is_xml_attribute) {
        put_texts(document, node, "representation", {"xmlAttr"});
    }
    put_cardinality(document, node, element);
    if (!element.base_path.empty()) {
        put_text(document, document.append(node, "base"), "path", element.base_path);
    }
    put_text(document, node, "contentReference", element.content_reference);
    put_types(document, node, element);
    put_invariants(document, node, element);
    put_flag(document, node, "isModifier", element.is_modifier);
    put_flag(document, node, "isSummary", element.is_summary);
    if (element.binding) {
        const NodeId binding = document.append(node, "binding");
        put_text(document, binding, "strength", element.binding->strength);
        put_text(document, binding, "valueSet", element.binding->value_set);
    }
}

}  // namespace

std::string write_overlay(const Overlay& overlay, std::string_view origin) {
    Document document(std::make_shared<const NameTable>());
    const NodeId root = document.root();
    put_text(document, root, "origin", origin);
    put_text(document, root, "url", overlay.url);
    put_text(document, root, "structure", overlay.removes_structure ? "remove" : "");
    put_texts(document, root, "remove", overlay.remove);
    for (const ElementFacts& element : overlay.replace) {
        put_element(document, put_member(document, root, "replace"), element);
    }
    for (const Overlay::Insertion& insertion : overlay.insert) {
        const NodeId made = put_member(document, root, "insert");
        put_text(document, made, "after", insertion.after);
        put_element(document, document.append(made, "element"), insertion.element);
    }
    return write_json(document, root, JsonStyle::pretty);
}

}  // namespace gateway
