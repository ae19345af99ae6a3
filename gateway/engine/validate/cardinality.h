// Aspect: as many of each element as the type allows, and a choice in one type only.
// Spec: R4 conformance-rules.html#cardinality, formats.html#choice.
#pragma once

#include <cstdint>
#include <span>

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// What has been met of one element of an object; indexed by slot.
struct Tally {
    std::uint32_t count = 0;
    NodeId first = no_node;
};

// Counts `node`; a choice that appears in a second type is reported here.
void count_member(CheckContext& context, NodeId node, const MemberCheck& member, Tally& tally);

// Called when all members of `object` have been counted.
void check_cardinality(CheckContext& context, NodeId object, const TypeCheck& type,
                       std::span<const Tally> tallies);

}  // namespace gateway
