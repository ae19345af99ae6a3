// Issues -> OperationOutcome (R4 operationoutcome.html): severity, code, details.text (the
// sentence), expression (the path), diagnostics (source field, line and column, rule). An outcome
// must hold an issue: without any it says "all ok" (informational). Pure.
#pragma once

#include <memory>
#include <string>

#include "gateway/base/failure.h"
#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"

namespace gateway {

Document operation_outcome(const Issues& issues, std::shared_ptr<const NameTable> names);

std::string operation_outcome_json(const Issues& issues,
                                   const std::shared_ptr<const NameTable>& names);

// What a failure tells its peer: its issues, or, if it has none, its external text under the issue
// code of its category. Never the internal text.
Issues issues_of(const Failure& failure);

}  // namespace gateway
