// Puts a backup in the place of a SQLite store that no gateway has open. The backup is copied
// beside it and looked at whole there (digest, schema, every payload with its key, the chain of the
// audit); only then does it take the store's name. What it means that the store is of an earlier
// moment: docs/operating.md, "Backup and restore".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/flow/audit/checkpoint.h"
#include "gateway/flow/backup/manifest.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/sqlite/copy.h"

namespace gateway {

enum class OnExistingStore {
    refuse,
    replace,  // it is kept under another name
};

enum class ManifestRule {
    demanded,
    not_needed,  // it was lost: whether the file is the one that was made is then not known
};

struct RestoreOptions {
    std::string file;
    SqliteOptions store;  // the place, with the keys
    OnExistingStore existing = OnExistingStore::refuse;
    ManifestRule manifest = ManifestRule::demanded;
    std::string actor;                         // who does it, for the audit
    std::vector<Checkpoint> checkpoints = {};  // of the audit, where there are some
    DiskProbe disk = {};                       // of the store's file system; null: of the system
};

struct Restored {
    std::optional<BackupManifest> manifest;
    StoreReport report;     // of the store as it was in the backup
    std::string set_aside;  // what the former store is called now; empty: there was none
    // The last one that signed more than the backup's audit has: what came after it is gone, and
    // the checkpoints of a restored store need a file of their own.
    std::optional<Checkpoint> signed_later;
};

struct RestoreTalk {
    OnCopyProgress on_copy = {};
    InspectionProgress on_payloads = {};
};

// Throws `Failure`: `conflict` (a store is there), `invalid` (the backup is not what was made, or
// not sound), `unavailable` (the store is in use, no room, a key is missing). The former store is
// then as it was.
Restored restore_backup(const RestoreOptions& options, const Clock& clock,
                        const RestoreTalk& talk = {});

}  // namespace gateway
