// The flight recorder as a document, for the operator's API and `painbridge trace --json`. Pure.
#pragma once

#include <memory>

#include "gateway/flow/message/trace.h"
#include "gateway/format/document/document.h"

namespace gateway {

// {"event": [{"at", "stage", "text", "message", "referral", "measures": {name: value}}]}
Document trace_document(const Trace& trace, std::shared_ptr<const NameTable> names);

}  // namespace gateway
