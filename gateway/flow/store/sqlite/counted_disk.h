// A file layer of SQLite (https://www.sqlite.org/vfs.html) for benchmarks: the machine's own, with
// every sync counted where another process can read it and, on demand, slower than the disk is.
// Must outlive the store that was opened on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace gateway {

class CountedDisk final {
public:
    // The count stands in `count_file`, which is made anew. No sync takes less than `sync_time`.
    // A Failure says what could not be had.
    CountedDisk(const std::string& count_file, std::chrono::microseconds sync_time);
    ~CountedDisk();
    CountedDisk(const CountedDisk&) = delete;
    CountedDisk& operator=(const CountedDisk&) = delete;
    CountedDisk(CountedDisk&&) = delete;
    CountedDisk& operator=(CountedDisk&&) = delete;

    // For `SqliteOptions::vfs`.
    const std::string& name() const { return name_; }

private:
    struct Layer;

    std::string name_ = "counted";
    std::unique_ptr<Layer> layer_;
};

// How often the process of that file has synced until now.
std::uint64_t read_sync_count(const std::string& count_file);

}  // namespace gateway
