// A copy of a SQLite store beside the gateway that may be writing it: one moment of it, read under
// one snapshot, so that writing goes on meanwhile and the copy never has to begin again. Meanwhile
// the store's log grows by what is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gateway/flow/store/inspection.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {

struct CopyProgress {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_all = 0;
};

using OnCopyProgress = std::function<void(const CopyProgress&)>;

// Of the file and its log: what a copy may need.
std::uint64_t bytes_of_store(const std::string& path);

// Makes `to`, which must not be there: one file without a log, for its owner only, checked and
// synced (its name is not). `options.vfs` is the file layer of the copy. A part of it is left
// behind after a failure. Throws `Failure`: `unavailable` (no store, disk full), `fault` (damaged,
// newer).
StoreMark copy_sqlite_store(const SqliteOptions& options, const std::string& to,
                            const OnCopyProgress& on_progress = {});

// Beside a running gateway, or of a file that no gateway has; changes nothing in it. Throws
// `Failure` if there is no store or its version is another.
StoreReport inspect_sqlite_store(const SqliteOptions& options,
                                 const InspectionProgress& on_progress = {});

}  // namespace gateway
