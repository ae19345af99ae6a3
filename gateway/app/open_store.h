// The store that the settings choose: a SQLite file, or PostgreSQL.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "gateway/base/settings/settings.h"
#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// `readers`: connections for look-ups. `vfs`: the file layer of SQLite; empty: the system's.
std::unique_ptr<Store> open_store(const StoreSettings& settings,
                                  std::shared_ptr<const KeyRing> keys, std::size_t readers,
                                  const std::string& vfs = {});

// Look-ups alone, of all but encrypted payloads, beside a gateway that may be running.
std::unique_ptr<StoreReads> open_store_reads(const StoreSettings& settings);

// Whether all of it is whole; the audit's chain apart. Beside a gateway that may be running.
StoreReport inspect_store(const StoreSettings& settings, std::shared_ptr<const KeyRing> keys,
                          const InspectionProgress& on_progress);

}  // namespace gateway
