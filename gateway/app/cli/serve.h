// What `serve` does, for a benchmark that puts something below the store.
#pragma once

#include <string>

#include "gateway/app/assemble.h"
#include "gateway/app/cli/verb.h"

namespace gateway {

ExitCode serve(const std::string& folder, const GatewaySeams& seams, Terminal& terminal);

}  // namespace gateway
