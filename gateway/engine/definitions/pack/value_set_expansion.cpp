#include "gateway/engine/definitions/pack/value_set_expansion.h"

#include <algorithm>
#include <iterator>

#include "gateway/engine/definitions/pack/structure.h"

namespace gateway {

namespace {

constexpr int import_depth_max = 8;      // value sets that import value sets
constexpr int hierarchy_depth_max = 32;  // concepts within concepts

void collect_concepts(const Document& document, NodeId above, std::string_view system,
                      std::set<CodeFacts>& out, int depth) {
    if (depth > hierarchy_depth_max) {
        return;
    }
    for (const NodeId concept_node : document.children(above, "concept")) {
        out.insert({.code = std::string{document.child_value(concept_node, "code")},
                    .system = std::string{system}});
        collect_concepts(document, concept_node, system, out, depth + 1);
    }
}

void keep_common(std::set<CodeFacts>& codes, const std::set<CodeFacts>& others) {
    std::erase_if(codes, [&](const CodeFacts& code) { return !others.contains(code); });
}

}  // namespace

void ValueSetExpander::add(const Document& document) {
    for (const NodeId node : resources_of_type(document, "ValueSet")) {
        value_sets_.insert_or_assign(std::string{document.child_value(node, "url")},
                                     Resource{.document = &document, .node = node});
    }
    for (const NodeId node : resources_of_type(document, "CodeSystem")) {
        code_systems_.insert_or_assign(std::string{document.child_value(node, "url")},
                                       Resource{.document = &document, .node = node});
    }
}

std::optional<std::set<CodeFacts>> ValueSetExpander::expand(std::string_view url,
                                                            std::size_t codes_max) const {
    Codes codes = expand_set(without_version(url), 0);
    if (codes && (codes->empty() || codes->size() > codes_max)) {
        return std::nullopt;
    }
    return codes;
}

ValueSetExpander::Codes ValueSetExpander::expand_set(std::string_view url, int depth) const {
    const auto known = value_sets_.find(url);
    if (known == value_sets_.end() || depth > import_depth_max) {
        return std::nullopt;
    }
    const auto& [document, node] = known->second;
    const NodeId compose = document->child(node, "compose");
    if (compose == no_node) {
        return std::nullopt;
    }
    std::set<CodeFacts> codes;
    for (const NodeId part : document->children(compose, "include")) {
        Codes included = expand_part(*document, part, depth);
        if (!included) {
            return std::nullopt;
        }
        codes.merge(*included);
    }
    for (const NodeId part : document->children(compose, "exclude")) {
        const Codes excluded = expand_part(*document, part, depth);
        if (!excluded) {
            return std::nullopt;
        }
        std::erase_if(codes, [&](const CodeFacts& code) { return excluded->contains(code); });
    }
    return codes;
}

// Within one include every condition must hold: the system's codes and each value set named
// (R4 valueset.html#compositions).
ValueSetExpander::Codes ValueSetExpander::expand_part(const Document& document, NodeId part,
                                                      int depth) const {
    if (document.child(part, "filter") != no_node) {
        return std::nullopt;
    }
    Codes codes;
    const std::string_view system = document.child_value(part, "system");
    if (document.child(part, "concept") != no_node) {
        codes.emplace();
        collect_concepts(document, part, system, *codes, 0);
    } else if (!system.empty()) {
        codes = whole_system(system);
        if (!codes) {
            return std::nullopt;
        }
    }
    for (const NodeId import : document.children(part, "valueSet")) {
        Codes imported = expand_set(without_version(document.value(import)), depth + 1);
        if (!imported) {
            return std::nullopt;
        }
        if (codes) {
            keep_common(*codes, *imported);
        } else {
            codes = std::move(imported);
        }
    }
    return codes;
}

ValueSetExpander::Codes ValueSetExpander::whole_system(std::string_view url) const {
    const auto known = code_systems_.find(url);
    if (known == code_systems_.end()) {
        return std::nullopt;
    }
    const auto& [document, node] = known->second;
    if (document->child_value(node, "content") != "complete") {
        return std::nullopt;
    }
    std::set<CodeFacts> codes;
    collect_concepts(*document, node, url, codes, 0);
    return codes;
}

}  // namespace gateway
