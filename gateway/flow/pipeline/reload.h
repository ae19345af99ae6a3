// What a running gateway can take over and what it cannot: sockets, threads, the store and the log
// are made once. A reload takes over everything or nothing. Pure.
#pragma once

#include "gateway/base/issue.h"
#include "gateway/flow/pipeline/snapshot.h"

namespace gateway {

// One error for each difference that needs a restart.
void check_reload(const Snapshot& running, const Snapshot& wanted, Issues& issues);

}  // namespace gateway
