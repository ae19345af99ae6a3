// The attributes of a start tag as they are written, which expat does not tell: where each value
// stands, and how it is spelled. Only for tags that expat has found well-formed. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace gateway {

struct RawAttribute {
    std::string_view name;   // with its prefix
    std::string_view raw;    // the value between the quotes, entities and all
    std::size_t offset = 0;  // of `raw` in the tag
};

// `<f:code value="a"/>` -> `f:code`; its attributes are put into `attributes`, whose old ones go.
std::string_view scan_start_tag(std::string_view tag, std::vector<RawAttribute>& attributes);

}  // namespace gateway
