// Reads a narrative's XHTML once, without building anything: is it well-formed, in the XHTML
// namespace, and made only of what R4 allows? Linear; nesting is bounded. Pure.
// Spec: R4 narrative.html#xhtml.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class XhtmlFault {
    not_well_formed,
    not_a_div,
    no_namespace,
    element_not_allowed,
    attribute_not_allowed,
    empty,
};

// The first fault; nothing if the narrative is sound.
std::optional<XhtmlFault> xhtml_fault(std::string_view xhtml);

}  // namespace gateway
