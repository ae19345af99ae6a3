// Aspect: a Reference is written as R4 allows, names a type that its element may point to, and
// finds its target where that must be at hand: in the resource (`#id`) or in the Bundle
// (`urn:uuid:`). Spec: R4 references.html, bundle.html#references.
#pragma once

#include <string_view>

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// `node` is a Reference that stands in `member`.
void check_reference(CheckContext& context, NodeId node, const MemberCheck& member);

// What a literal reference says of its target: "Patient/7", "http://…/Patient/7/_history/2".
struct LiteralTarget {
    std::string_view type;  // empty: it does not say
    std::string_view id;
};

LiteralTarget literal_target(std::string_view reference);

// "urn:uuid:…", "https://…": begins with a scheme.
bool is_absolute(std::string_view uri);

}  // namespace gateway
