#include "gateway/flow/backup/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"
#include "gateway/flow/audit/verify.h"
#include "gateway/flow/backup/files.h"
#include "gateway/flow/store/sqlite/file_lock.h"
#include "gateway/flow/store/sqlite/replace.h"

namespace gateway {

namespace {

bool is_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

Failure not_sound(const std::string& file, std::string_view why) {
    return {Category::invalid, "the backup is not sound",
            fmt::format("{}: {}; nothing was restored", file, why)};
}

void refuse_existing(const RestoreOptions& options) {
    const std::string& path = options.store.path;
    if (options.existing == OnExistingStore::refuse && is_there(path)) {
        throw Failure(
            Category::conflict, "there is a store already",
            fmt::format("{} is there: --replace puts the backup in its place and keeps it "
                        "under another name",
                        path));
    }
}

std::optional<BackupManifest> manifest_of(const RestoreOptions& options) {
    const std::string file = manifest_file(options.file);
    if (is_there(file)) {
        return read_manifest(read_file(file), *options.store.keys);
    }
    if (options.manifest == ManifestRule::demanded) {
        throw Failure(Category::invalid, "the backup has no manifest",
                      fmt::format("{} is missing, so nobody can tell whether {} is what was made: "
                                  "fetch it, or say --without-manifest",
                                  file, options.file));
    }
    return std::nullopt;
}

void take_copy(const RestoreOptions& options, const std::optional<BackupManifest>& manifest,
               const std::string& to, const OnCopyProgress& on_copy) {
    const std::uint64_t all = bytes_of_store(options.file);
    demand_room(options.disk ? options.disk : disk_under(options.store.path), all,
                options.store.path);
    const CopiedFile copied = copy_private(options.file, to, [&](std::uint64_t done) {
        if (on_copy) {
            on_copy({done, all});
        }
    });
    if (manifest && copied.digest != manifest->digest) {
        throw not_sound(options.file,
                        "its SHA-256 is not the one of its manifest: it was changed "
                        "or damaged after it was made");
    }
}

// What was signed for the time that the backup holds must be in it.
AuditVerdict audit_of(const StoreReads& store, const RestoreOptions& options,
                      std::uint64_t records) {
    std::vector<Checkpoint> of_then;
    std::ranges::copy_if(
        options.checkpoints, std::back_inserter(of_then),
        [&](const Checkpoint& checkpoint) { return checkpoint.records <= records; });
    return verify_audit(store, {.checkpoints = of_then, .on_page = {}});
}

// From here on the audit of the restored store is another one than that of the former.
void note_in_audit(Store& store, const RestoreOptions& options, const Clock& clock,
                   const std::optional<BackupManifest>& manifest) {
    AuditRecord record;
    record.at = clock.now();
    record.action = AuditAction::operate;
    record.actor = options.actor;
    record.outcome = "store_restored";
    record.digest = manifest ? to_hex(manifest->digest) : std::string();
    UnitOfWork unit;
    unit.add(AddAudit{record});
    std::promise<Outcome> promise;
    store.submit(
        std::move(unit), [](const std::function<void()>& task) { task(); },
        [&promise](const Outcome& outcome) { promise.set_value(outcome); });
    const Outcome outcome = promise.get_future().get();
    if (const auto* unavailable = std::get_if<Unavailable>(&outcome)) {
        throw Failure(Category::unavailable, "the store cannot be written", unavailable->reason);
    }
}

// Opened as the gateway will open it: checked, brought up to this version, its leases released.
StoreReport examine(const RestoreOptions& options, const std::optional<BackupManifest>& manifest,
                    const std::string& copy, const Clock& clock, const RestoreTalk& talk) {
    SqliteOptions as_copy = options.store;
    as_copy.path = copy;
    const auto store = open_sqlite_store(as_copy);
    StoreReport report = inspect_sqlite_store(as_copy, talk.on_payloads);
    if (report.fault) {
        throw not_sound(options.file, *report.fault);
    }
    if (const auto verdict = audit_of(*store, options, report.mark.audit_records);
        verdict.finding) {
        throw not_sound(options.file, verdict.finding->text);
    }
    note_in_audit(*store, options, clock, manifest);
    return report;
}

std::string name_aside(const std::string& path, const Clock& clock) {
    std::string time = to_fhir_instant(clock.now());
    std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
    return fmt::format("{}.replaced-{}", path, time);
}

}  // namespace

Restored restore_backup(const RestoreOptions& options, const Clock& clock,
                        const RestoreTalk& talk) {
    const std::string& path = options.store.path;
    const sqlite::FileLock lock(path);
    refuse_existing(options);
    Restored restored;
    restored.manifest = manifest_of(options);
    const Unfinished copy(path + ".restoring");
    take_copy(options, restored.manifest, copy.name(), talk.on_copy);
    restored.report = examine(options, restored.manifest, copy.name(), clock, talk);
    for (const Checkpoint& checkpoint : options.checkpoints) {
        if (checkpoint.records > restored.report.mark.audit_records) {
            restored.signed_later = checkpoint;
        }
    }
    const std::string aside = name_aside(path, clock);
    if (sqlite::replace_store(path, copy.name(), aside)) {
        restored.set_aside = aside;
    }
    return restored;
}

}  // namespace gateway
