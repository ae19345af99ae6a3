// The words that the pack and the schema share; their numbers are part of the pack's layout.
#pragma once

#include <cstdint>

namespace gateway {

enum class TypeKind : std::uint8_t {
    primitive,  // string, code, xhtml, …
    complex,    // HumanName, Extension, and the abstract Element, BackboneElement
    resource,   // Patient, and the abstract Resource, DomainResource
    backbone,   // the anonymous type of an element with its own children: `Bundle.entry`
};

// R4 valueset-binding-strength.html
enum class BindingStrength : std::uint8_t { required, extensible, preferred, example };

}  // namespace gateway
