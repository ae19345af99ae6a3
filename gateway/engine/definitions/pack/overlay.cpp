#include "gateway/engine/definitions/pack/overlay.h"

#include <algorithm>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

[[noreturn]] void does_not_fit(const Overlay& overlay, std::string_view what) {
    throw Failure(Category::invalid, "the overlay of " + overlay.url +
                                         " does not fit: " + std::string{what} +
                                         "; make it again with painbridge-pack --make-overlays");
}

auto find_element(Structure& structure, std::string_view id) {
    return std::ranges::find(structure.elements, id, &ElementFacts::id);
}

void remove_elements(const Overlay& overlay, Structure& structure) {
    for (const std::string& id : overlay.remove) {
        const auto at = find_element(structure, id);
        if (at == structure.elements.end()) {
            does_not_fit(overlay, id + " is not there to be removed");
        }
        structure.elements.erase(at);
    }
}

void replace_elements(const Overlay& overlay, Structure& structure) {
    for (const ElementFacts& element : overlay.replace) {
        const auto at = find_element(structure, element.id);
        if (at == structure.elements.end()) {
            does_not_fit(overlay, element.id + " is not there to be replaced");
        }
        *at = element;
    }
}

void insert_elements(const Overlay& overlay, Structure& structure) {
    for (const Overlay::Insertion& insertion : overlay.insert) {
        const auto at = find_element(structure, insertion.after);
        if (at == structure.elements.end()) {
            does_not_fit(overlay, insertion.after + " is not there to insert after");
        }
        structure.elements.insert(at + 1, insertion.element);
    }
}

}  // namespace

Overlay read_overlay(const Document& document) {
    const NodeId root = document.root();
    Overlay overlay;
    overlay.url = document.child_value(root, "url");
    overlay.removes_structure = document.child_value(root, "structure") == "remove";
    for (const NodeId id : document.children(root, "remove")) {
        overlay.remove.emplace_back(document.value(id));
    }
    for (const NodeId element : document.children(root, "replace")) {
        overlay.replace.push_back(read_element(document, element));
    }
    for (const NodeId insertion : document.children(root, "insert")) {
        const NodeId element = document.child(insertion, "element");
        if (element == no_node) {
            does_not_fit(overlay, "an insertion has no element");
        }
        overlay.insert.push_back({.after = std::string{document.child_value(insertion, "after")},
                                  .element = read_element(document, element)});
    }
    return overlay;
}

void apply_overlay(const Overlay& overlay, std::vector<Structure>& structures) {
    const auto at = std::ranges::find(structures, overlay.url, &Structure::url);
    if (at == structures.end()) {
        does_not_fit(overlay, "the structure is not there");
    }
    if (overlay.removes_structure) {
        structures.erase(at);
        return;
    }
    remove_elements(overlay, *at);
    replace_elements(overlay, *at);
    insert_elements(overlay, *at);
}

std::optional<Overlay> make_overlay(const Structure& patched, const Structure& official) {
    Overlay overlay;
    overlay.url = official.url;
    for (const ElementFacts& element : patched.elements) {
        if (std::ranges::find(official.elements, element.id, &ElementFacts::id) ==
            official.elements.end()) {
            overlay.remove.push_back(element.id);
        }
    }
    std::string before;
    for (const ElementFacts& element : official.elements) {
        const auto there = std::ranges::find(patched.elements, element.id, &ElementFacts::id);
        if (there == patched.elements.end()) {
            overlay.insert.push_back({.after = before, .element = element});
        } else if (*there != element) {
            overlay.replace.push_back(element);
        }
        before = element.id;
    }
    if (overlay.remove.empty() && overlay.replace.empty() && overlay.insert.empty()) {
        return std::nullopt;
    }
    return overlay;
}

}  // namespace gateway
