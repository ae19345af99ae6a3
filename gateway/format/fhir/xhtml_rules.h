// What R4 allows in a narrative: HTML 4.0 chapters 7-11 and 15 (without section 4 of chapter 9),
// <a> and images; nothing that runs code. Pure. Spec: R4 narrative.html#xhtml.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

inline constexpr std::string_view xhtml_namespace = "http://www.w3.org/1999/xhtml";
inline constexpr std::size_t xhtml_depth_max = 256;

bool is_allowed_in_narrative(std::string_view element);

// Events run code, and so do javascript: links.
bool runs_code(std::string_view attribute, std::string_view value);

}  // namespace gateway
