// Aspect: an attachment's stated size is that of its data: a letter that was cut short on its way
// shows here. Spec: R4 datatypes.html#Attachment.
#pragma once

#include "gateway/engine/validate/check_context.h"

namespace gateway {

// `node` is an Attachment.
void check_attachment(CheckContext& context, NodeId node);

}  // namespace gateway
