#include "tests/torture/volatile_disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gateway::torture {

namespace {

// What a write or a truncation covered, to be put back.
struct Before {
    sqlite3_int64 at = 0;
    std::string bytes;
    sqlite3_int64 file_bytes = 0;
};

struct OpenFile {
    std::string path;
    const sqlite3_io_methods* real = nullptr;
};

struct Disk {
    DiskPlan plan;
    sqlite3_vfs layer{};
    sqlite3_vfs* real = nullptr;
    std::mutex mutex;  // guards what follows
    std::map<sqlite3_file*, OpenFile> files;
    // SQLite's own methods, which differ between a database and its log, and ours in their place.
    std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods;
    std::map<std::string, std::vector<Before>> unsynced;  // oldest first
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    bool has_failed = false;
};

// SQLite's interface has no place for a context in a file of its own making.
Disk& disk() {
    static Disk the_disk;
    return the_disk;
}

void remember(sqlite3_file* file, sqlite3_int64 at, sqlite3_int64 size) {
    const OpenFile& open = disk().files[file];
    Before before{.at = at, .bytes = {}, .file_bytes = 0};
    open.real->xFileSize(file, &before.file_bytes);
    const sqlite3_int64 covered =
        std::clamp<sqlite3_int64>(before.file_bytes - at, 0, std::max<sqlite3_int64>(size, 0));
    before.bytes.resize(static_cast<std::size_t>(covered));
    if (covered > 0) {
        open.real->xRead(file, before.bytes.data(), static_cast<int>(covered), at);
    }
    disk().unsynced[open.path].push_back(std::move(before));
}

int fail(int code) {
    if (!std::exchange(disk().has_failed, true) && disk().plan.on_fault) {
        disk().plan.on_fault();
    }
    return code;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    const std::lock_guard lock(disk().mutex);
    const DiskPlan& plan = disk().plan;
    const std::uint64_t number = ++disk().writes;
    if (plan.fault == DiskFault::full && number >= plan.from &&
        number < plan.from + plan.writes_refused) {
        return fail(SQLITE_FULL);
    }
    remember(file, at, size);
    if (plan.fault == DiskFault::short_write && number == plan.from) {
        disk().files[file].real->xWrite(file, from, size / 2, at);
        return fail(SQLITE_IOERR_WRITE);
    }
    return disk().files[file].real->xWrite(file, from, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const std::lock_guard lock(disk().mutex);
    sqlite3_int64 present = 0;
    disk().files[file].real->xFileSize(file, &present);
    remember(file, size, present - size);
    return disk().files[file].real->xTruncate(file, size);
}

int sync(sqlite3_file* file, int flags) {
    const std::lock_guard lock(disk().mutex);
    const DiskPlan& plan = disk().plan;
    if (plan.fault == DiskFault::sync_fails && ++disk().syncs == plan.from) {
        return fail(SQLITE_IOERR_FSYNC);  // the next ones succeed, as Linux has it
    }
    const OpenFile& open = disk().files[file];
    const int result = open.real->xSync(file, flags);
    if (result == SQLITE_OK) {
        disk().unsynced[open.path].clear();
    }
    return result;
}

int close(sqlite3_file* file) {
    const sqlite3_io_methods* real = nullptr;
    {
        const std::lock_guard lock(disk().mutex);
        real = disk().files[file].real;
        disk().files.erase(file);
    }
    return real->xClose(file);
}

int open(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* out) {
    const int result = disk().real->xOpen(disk().real, name, file, flags, out);
    const bool is_kept = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
    if (result != SQLITE_OK || file->pMethods == nullptr || name == nullptr || !is_kept) {
        return result;
    }
    const std::lock_guard lock(disk().mutex);
    disk().files[file] = {name, file->pMethods};
    const auto [ours, is_new] = disk().methods.try_emplace(file->pMethods, *file->pMethods);
    if (is_new) {
        ours->second.xWrite = write;
        ours->second.xTruncate = truncate;
        ours->second.xSync = sync;
        ours->second.xClose = close;
    }
    file->pMethods = &ours->second;
    return result;
}

void undo(const std::string& path, const std::vector<Before>& changes) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    for (auto change = changes.rbegin(); descriptor >= 0 && change != changes.rend(); ++change) {
        const bool is_undone = ::pwrite(descriptor, change->bytes.data(), change->bytes.size(),
                                        change->at) == static_cast<ssize_t>(change->bytes.size()) &&
                               ::ftruncate(descriptor, change->file_bytes) == 0;
        if (!is_undone) {
            ::abort();
        }
    }
    ::close(descriptor);
}

}  // namespace

void use_volatile_disk(DiskPlan plan) {
    disk().plan = std::move(plan);
    disk().real = sqlite3_vfs_find(nullptr);
    disk().layer = *disk().real;
    disk().layer.zName = "volatile";
    disk().layer.pNext = nullptr;
    disk().layer.xOpen = open;
    sqlite3_vfs_register(&disk().layer, 1);
}

void lose_power() {
    disk().mutex.lock();  // for good: nothing is written any more
    for (const auto& [path, changes] : disk().unsynced) {
        undo(path, changes);
    }
}

}  // namespace gateway::torture
