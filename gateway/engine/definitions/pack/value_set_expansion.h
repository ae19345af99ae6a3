// Expands value sets from definitions alone: whole code systems, listed codes, other value sets,
// exclusions. What needs a grammar or a terminology server (filters, MIME, UCUM, SNOMED CT) is not
// enumerable and says so, instead of pretending to be short.
// Spec: R4 valueset.html#compositions, codesystem.html.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/format/document/document.h"

namespace gateway {

struct CodeFacts {
    std::string code;
    std::string system;

    auto operator<=>(const CodeFacts&) const = default;
};

class ValueSetExpander {
public:
    // Takes every ValueSet and CodeSystem of the document (a Bundle, or one alone). Keeps a
    // reference: the document must outlive the expander.
    void add(const Document& document);

    // All codes, sorted; nothing where they cannot be enumerated or are more than `codes_max`.
    std::optional<std::set<CodeFacts>> expand(std::string_view url, std::size_t codes_max) const;

private:
    struct Resource {
        const Document* document;
        NodeId node;
    };

    using Codes = std::optional<std::set<CodeFacts>>;

    Codes expand_set(std::string_view url, int depth) const;
    Codes expand_part(const Document& document, NodeId part, int depth) const;
    Codes whole_system(std::string_view url) const;

    std::map<std::string, Resource, std::less<>> value_sets_;
    std::map<std::string, Resource, std::less<>> code_systems_;
};

}  // namespace gateway
