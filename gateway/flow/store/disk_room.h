// How full the disk under the store is. At the first limit somebody should act; at the second one
// new work is refused, so that the rest of the disk is for finishing what was accepted.
// Thread-safe; `look` one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

// As `df` sees it: what only root may use counts for neither.
struct DiskSpace {
    std::uint64_t used_bytes = 0;
    std::uint64_t free_bytes = 0;

    double used_ratio() const;
};

// The seam: nothing where the file system does not tell.
using DiskProbe = std::function<std::optional<DiskSpace>()>;

// Of the file system that holds this file.
DiskProbe disk_under(const std::string& path);

// Throws `Failure` `unavailable` unless so many bytes fit there, with some to spare. To be asked
// before `file` is begun.
void demand_room(const DiskProbe& disk, std::uint64_t bytes, const std::string& file);

enum class DiskLevel { enough, low, full };

std::string_view to_string(DiskLevel level);

struct DiskLimits {
    std::uint32_t low_percent = 80;
    std::uint32_t full_percent = 90;
};

class DiskRoom final {
public:
    // Told of a change of level, by the thread that looks; a start with enough is none.
    using OnChange = std::function<void(DiskLevel, const DiskSpace&)>;

    // Looks at once.
    DiskRoom(DiskProbe probe, DiskLimits limits, OnChange on_change);

    // To be called about once a second. What cannot be seen leaves all as it was.
    void look();

    DiskLevel level() const { return level_; }

    bool takes_new_work() const { return level() != DiskLevel::full; }

    DiskSpace space() const { return {used_bytes_, free_bytes_}; }

private:
    DiskProbe probe_;
    DiskLimits limits_;
    OnChange on_change_;
    std::atomic<DiskLevel> level_ = DiskLevel::enough;
    std::atomic<std::uint64_t> used_bytes_ = 0;
    std::atomic<std::uint64_t> free_bytes_ = 0;
};

}  // namespace gateway
