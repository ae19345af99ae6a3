// Code translation for `translate`: one table a ConceptMap, from a map's `conceptmap` block or a
// ConceptMap resource. Immutable once built. R4 conceptmap.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/engine/map/syntax.h"
#include "gateway/format/document/document.h"

namespace gateway {

enum class TranslateOutput : std::uint8_t { code, coding, codeable_concept, system, display };

struct TranslatedCode {
    std::string_view system;
    std::string_view code;
    std::string_view display;
};

enum class TranslateAnswer : std::uint8_t {
    found,
    unmapped,  // the map has no such code
    no_match,  // the map says that there is nothing it corresponds to
};

class ConceptMapTable {
public:
    // Of a block in a map file. Unknown prefixes are issues (source: the file's name).
    ConceptMapTable(const ConceptMapSyntax& syntax, const MapFile& file, Issues& issues);

    // Of a resource; the first target that is no `unmatched` or `disjoint` counts.
    ConceptMapTable(const Document& document, NodeId resource);

    const std::string& url() const { return url_; }

    // `system` empty: any group. The views live as long as the table; where unmapped codes are
    // `provided`, as long as `code`.
    TranslateAnswer translate(std::string_view system, std::string_view code,
                              TranslatedCode& answer) const;

private:
    enum class Unmapped : std::uint8_t { none, provided, fixed };

    struct Target {
        std::string code;
        std::string display;
        bool matches = true;
    };

    struct Group {
        std::string source;
        std::string target;
        std::unordered_map<std::string, Target> targets;
        Unmapped unmapped = Unmapped::none;
        Target fixed;
    };

    Group& group(std::string_view source, std::string_view target);
    void read_group(const Document& document, NodeId node);
    void read_unmapped(const ConceptMapSyntax& syntax);

    std::string url_;
    std::vector<Group> groups_;
};

}  // namespace gateway
