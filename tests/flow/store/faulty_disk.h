// A file layer of SQLite (https://www.sqlite.org/vfs.html) that stands before the machine's own and
// fails on demand: the seam through which every durable act of the SQLite store passes.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>

namespace gateway::test {

enum class DiskFault { none, full, sync_fails, write_fails };

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

    // Of write-ahead logs that the disk confirmed.
    int log_syncs() const { return log_syncs_; }

private:
    friend struct FaultyFile;
    static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out);

    std::string name_ = "faulty";
    sqlite3_vfs layer_{};
    std::atomic<DiskFault> fault_ = DiskFault::none;
    std::atomic<int> log_syncs_ = 0;
};

}  // namespace gateway::test
