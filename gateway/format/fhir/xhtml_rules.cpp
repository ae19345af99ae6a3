#include "gateway/format/fhir/xhtml_rules.h"

#include <algorithm>
#include <array>

#include "gateway/base/text.h"

namespace gateway {

namespace {

// Sorted.
constexpr std::array<std::string_view, 57> allowed_elements = {
    "a",   "abbr",    "acronym", "address", "area",  "b",        "bdo",    "big",   "blockquote",
    "br",  "caption", "cite",    "code",    "col",   "colgroup", "dd",     "dfn",   "div",
    "dl",  "dt",      "em",      "h1",      "h2",    "h3",       "h4",     "h5",    "h6",
    "hr",  "i",       "img",     "kbd",     "li",    "map",      "ol",     "p",     "pre",
    "q",   "s",       "samp",    "small",   "span",  "strike",   "strong", "style", "sub",
    "sup", "table",   "tbody",   "td",      "tfoot", "th",       "thead",  "tr",    "tt",
    "u",   "ul",      "var"};

static_assert(std::ranges::is_sorted(allowed_elements));

}  // namespace

bool is_allowed_in_narrative(std::string_view element) {
    return std::ranges::binary_search(allowed_elements, element);
}

bool runs_code(std::string_view attribute, std::string_view value) {
    constexpr std::string_view script = "javascript:";
    const bool is_event = equal_ignoring_case(attribute.substr(0, 2), "on");
    const bool is_link =
        equal_ignoring_case(attribute, "href") || equal_ignoring_case(attribute, "src");
    return is_event ||
           (is_link && equal_ignoring_case(trimmed(value).substr(0, script.size()), script));
}

}  // namespace gateway
