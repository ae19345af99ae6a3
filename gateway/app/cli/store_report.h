// How the verbs of `store` say what a store or a backup holds: as text for people, as JSON.
#pragma once

#include <iosfwd>
#include <string>

#include "gateway/flow/audit/verify.h"
#include "gateway/flow/backup/manifest.h"
#include "gateway/flow/backup/restore.h"
#include "gateway/flow/store/inspection.h"
#include "gateway/format/document/document.h"

namespace gateway {

void print_backup(const std::string& file, const BackupManifest& manifest, std::ostream& out);
Document backup_document(const std::string& file, const BackupManifest& manifest);

void print_restored(const Restored& restored, const std::string& path, std::ostream& out);
Document restored_document(const Restored& restored, const std::string& path);

// What `store verify` found. `audit` only where the rest is sound.
struct StoreVerdict {
    StoreReport report;
    std::optional<AuditVerdict> audit;

    // The first fault.
    std::optional<std::string> fault() const;
};

void print_verdict(const StoreVerdict& verdict, const KeyRing& keys, std::ostream& out);
Document verdict_document(const StoreVerdict& verdict, const KeyRing& keys);

void print_keys(const std::vector<MasterKeyUse>& uses, const KeyRing& keys, std::ostream& out);
Document keys_document(const std::vector<MasterKeyUse>& uses, const KeyRing& keys);

}  // namespace gateway
