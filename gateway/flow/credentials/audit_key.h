// The key that signs checkpoints of the audit, read when the settings are loaded. Pure but for
// reading the file or variable; thread-safe.
#pragma once

#include <memory>

#include "gateway/base/issue.h"
#include "gateway/base/settings/settings.h"
#include "gateway/base/signing_key.h"

namespace gateway {

// Null if none is configured. What is wrong with it is added to `issues`.
std::shared_ptr<const SigningKey> load_audit_key(const AuditSettings& audit, Issues& issues);

}  // namespace gateway
