// Makes a backup of a SQLite store beside the gateway that writes it: one file, and a manifest
// beside it (manifest.h). Payloads are encrypted in it as they are in the store; the keys are not
// in it. Everything that was acknowledged before it began is there.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/base/clock.h"
#include "gateway/flow/backup/manifest.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/sqlite/copy.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"

namespace gateway {

struct BackupOptions {
    SqliteOptions store;  // with its keys; `vfs` is the file layer of the backup
    std::string file;     // must not be there
    DiskProbe disk = {};  // of the backup's file system; null: asked of the system
    // Where it is the store's file system too, it must stay below this: from there on the gateway
    // takes no new messages.
    std::uint32_t disk_full_percent = 90;
};

// Throws `Failure`: `conflict` where the file is there, `unavailable` (no room, no store), `fault`
// (the store is damaged). Nothing of that name is there after a failure.
BackupManifest make_backup(const BackupOptions& options, const Clock& clock,
                           const OnCopyProgress& on_progress = {});

}  // namespace gateway
