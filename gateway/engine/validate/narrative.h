// Aspect: the narrative is one <div> in the XHTML namespace with something to read in it (txt-2),
// of the elements and attributes that R4 allows (txt-1): no script, no event, no outside content.
// Spec: R4 narrative.html#xhtml.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// `node` is a Narrative.
void check_narrative(CheckContext& context, NodeId node);

}  // namespace gateway
