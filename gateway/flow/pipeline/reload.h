// What a running gateway can take over and what it cannot: sockets, threads, the store and the log
// are made once. A reload takes over everything or nothing.
#pragma once

#include "gateway/base/issue.h"
#include "gateway/flow/pipeline/snapshot.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// One error for each difference that needs a restart.
void check_reload(const Snapshot& running, const Snapshot& wanted, Issues& issues);

// One error for each master key that the store needs and `wanted` has no more.
void check_store_keys(const StoreReads& store, const Snapshot& wanted, Issues& issues);

}  // namespace gateway
