// The default store: one SQLite file beside its write-ahead log, for one gateway process. Writing:
// one thread, one connection, `synchronous=FULL`, many units to a commit. Looking up: a few
// read-only connections. https://www.sqlite.org/wal.html; README.md of flow/store says why each
// setting is as it is. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/store.h"

namespace gateway {

struct SqliteOptions {
    std::string path;
    std::chrono::milliseconds duplicates_kept = std::chrono::days(30);
    std::size_t readers = 4;  // connections for look-ups
    std::size_t units_per_commit_max = 64;
    std::size_t waiting_max = 20'000;  // units in the queue; beyond: `Unavailable`
    // Bytes of a store that is checked before it is opened; a larger one beside the traffic.
    std::int64_t checked_at_once_max = 256LL << 20U;
    std::string vfs;  // SQLite's name of a file layer; empty: the default
    // Always needed for writing; look-ups without it read all but encrypted payloads.
    std::shared_ptr<const KeyRing> keys;
};

// Makes the file if missing, applies migrations, checks its integrity (a large store's beside the
// traffic: with a fault it takes no more units), releases the leases of a former process. Throws
// `Failure`: `unavailable` (cannot be opened, is in use by another gateway, needs a key that is not
// in the ring), `fault` (damaged, or written by a newer Painbridge).
std::unique_ptr<Store> open_sqlite_store(const SqliteOptions& options);

// Look-ups alone, beside a running gateway: for the command line. Changes nothing in the file;
// throws `Failure` if there is none or its version is another.
std::unique_ptr<StoreReads> open_sqlite_reads(const SqliteOptions& options);

}  // namespace gateway
