// One gateway process per store file: an advisory lock (flock(2)) on "PATH.lock", released by the
// kernel however the process ends.
#pragma once

#include <string>

namespace gateway::sqlite {

class FileLock final {
public:
    // Throws `Failure` `unavailable` if another process holds it, or the file cannot be made.
    explicit FileLock(const std::string& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    FileLock(FileLock&&) = delete;
    FileLock& operator=(FileLock&&) = delete;

private:
    int descriptor_ = -1;
};

// The file holds people's data: for its owner only. SQLite gives the log beside it the same mode.
void make_private_file(const std::string& path);

// Makes the directory entries of `path` and its siblings durable.
void sync_directory_of(const std::string& path);

}  // namespace gateway::sqlite
