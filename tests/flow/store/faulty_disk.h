// A file layer of SQLite (https://www.sqlite.org/vfs.html) that stands before the machine's own and
// fails on demand: the seam through which every durable act of the SQLite store passes.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>
#include <string_view>

namespace gateway::test {

enum class DiskFault { none, full, sync_fails, write_fails };

// Told of all that changes what lies on the disk, in order, from the thread that does it.
class DiskObserver {
public:
    virtual ~DiskObserver() = default;
    virtual void opened(const std::string& path) = 0;  // is there from now on, if it was not
    virtual void wrote(const std::string& path, sqlite3_int64 at, std::string_view bytes) = 0;
    virtual void truncated(const std::string& path, sqlite3_int64 size) = 0;
    virtual void synced(const std::string& path) = 0;
    virtual void removed(const std::string& path, bool directory_synced) = 0;
};

class FaultyDisk final {
public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;
    FaultyDisk(FaultyDisk&&) = delete;
    FaultyDisk& operator=(FaultyDisk&&) = delete;

    // For `SqliteOptions::vfs`.
    const std::string& name() const { return name_; }

    void fail(DiskFault fault) { fault_ = fault; }

    // While one watches, nothing is synced in earnest: what a power loss would leave is worked out
    // from what it was told.
    void watch(DiskObserver* observer) { observer_ = observer; }

    // Of write-ahead logs that the disk confirmed.
    int log_syncs() const { return log_syncs_; }

private:
    friend struct FaultyFile;
    static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out);
    static int remove(sqlite3_vfs* self, const char* name, int sync_directory);

    std::string name_ = "faulty";
    sqlite3_vfs layer_{};
    std::atomic<DiskFault> fault_ = DiskFault::none;
    std::atomic<int> log_syncs_ = 0;
    std::atomic<DiskObserver*> observer_ = nullptr;
};

}  // namespace gateway::test
