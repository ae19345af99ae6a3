#include "gateway/flow/backup/backup.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "gateway/base/failure.h"
#include "gateway/flow/backup/files.h"

namespace gateway {

namespace {

bool is_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(file, ignored));
}

void refuse_existing(const std::string& file) {
    if (is_there(file)) {
        throw Failure(Category::conflict, "the backup is there already",
                      fmt::format("{} is there already: a backup is never overwritten, name "
                                  "another file",
                                  file));
    }
    if (const std::string manifest = manifest_file(file); is_there(manifest)) {
        throw Failure(Category::conflict, "the backup is there already",
                      fmt::format("{} is there without its backup, which was moved away or stopped "
                                  "before it was whole: remove it, or name another file",
                                  manifest));
    }
}

bool on_one_disk(const std::string& file, const std::string& other) {
    struct stat here {};

    struct stat there {};

    const std::string folder = std::filesystem::absolute(file).parent_path();
    return ::stat(folder.c_str(), &here) == 0 && ::stat(other.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev;
}

// A backup must not be what stops the gateway.
void spare_the_store(const BackupOptions& options, const DiskProbe& disk, std::uint64_t bytes) {
    constexpr std::uint64_t hundred = 100;
    const auto space = disk();
    if (!space || !on_one_disk(options.file, options.store.path)) {
        return;
    }
    const std::uint64_t all = space->used_bytes + space->free_bytes;
    if ((space->used_bytes + bytes) * hundred >= all * options.disk_full_percent) {
        throw Failure(Category::unavailable, "the disk is too full",
                      fmt::format("{} would fill the store's own disk to {} % or more, where the "
                                  "gateway takes no new messages (store.disk_full_percent): name a "
                                  "file on another disk; nothing was written",
                                  options.file, options.disk_full_percent));
    }
}

// Under another name until it is whole.
BackupManifest copy_under(const std::string& unfinished, const BackupOptions& options,
                          const Clock& clock, const OnCopyProgress& on_progress) {
    BackupManifest manifest;
    manifest.made = to_fhir_instant(clock.now());
    manifest.mark = copy_sqlite_store(options.store, unfinished, on_progress);
    const CopiedFile copied = digest_of_file(unfinished);
    manifest.bytes = copied.bytes;
    manifest.digest = copied.digest;
    return manifest;
}

}  // namespace

BackupManifest make_backup(const BackupOptions& options, const Clock& clock,
                           const OnCopyProgress& on_progress) {
    refuse_existing(options.file);
    const DiskProbe disk = options.disk ? options.disk : disk_under(options.file);
    const std::uint64_t bytes = bytes_of_store(options.store.path);
    demand_room(disk, bytes, options.file);
    spare_the_store(options, disk, bytes);
    const Unfinished unfinished(options.file + ".part");
    BackupManifest manifest = copy_under(unfinished.name(), options, clock, on_progress);
    // The backup takes its name last: what has that name is whole and has its manifest.
    write_private(manifest_file(options.file), sealed_manifest(manifest, *options.store.keys));
    rename_durably(unfinished.name(), options.file);
    return manifest;
}

}  // namespace gateway
