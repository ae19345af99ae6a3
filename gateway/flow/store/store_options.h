// What every backend of the store is opened with.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "gateway/flow/store/key_ring.h"

namespace gateway {

struct StoreOptions {
    std::chrono::milliseconds duplicates_kept = std::chrono::days(30);
    std::size_t readers = 4;  // connections for look-ups
    std::size_t units_per_commit_max = 64;
    std::size_t waiting_max = 20'000;  // units in the queue; beyond: `Unavailable`
    // Always needed for writing; look-ups without it read all but encrypted payloads.
    std::shared_ptr<const KeyRing> keys;
};

}  // namespace gateway
