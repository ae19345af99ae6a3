#include "gateway/flow/store/disk_room.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

DiskLevel level_of(const DiskSpace& space, const DiskLimits& limits) {
    constexpr double hundred = 100.0;
    const double percent = space.used_ratio() * hundred;
    if (percent >= limits.full_percent) {
        return DiskLevel::full;
    }
    return percent >= limits.low_percent ? DiskLevel::low : DiskLevel::enough;
}

}  // namespace

double DiskSpace::used_ratio() const {
    const std::uint64_t all = used_bytes + free_bytes;
    return all == 0 ? 0.0 : static_cast<double>(used_bytes) / static_cast<double>(all);
}

DiskProbe disk_under(const std::string& path) {
    return [folder = std::filesystem::absolute(path).parent_path()]() -> std::optional<DiskSpace> {
        std::error_code error;
        const auto space = std::filesystem::space(folder, error);
        if (error) {
            return std::nullopt;
        }
        return DiskSpace{space.capacity - space.free, space.available};
    };
}

void demand_room(const DiskProbe& disk, std::uint64_t bytes, const std::string& file) {
    constexpr std::uint64_t mib = 1U << 20U;
    constexpr std::uint64_t spare = 16 * mib;
    const std::uint64_t needed = bytes + bytes / 20 + spare;
    const auto space = disk();
    if (space && space->free_bytes < needed) {
        throw Failure(
            Category::unavailable, "the disk is too full",
            fmt::format("{} needs {} MiB and its disk has {} MiB free: make room; nothing "
                        "was written",
                        file, needed / mib + 1, space->free_bytes / mib));
    }
}

std::string_view to_string(DiskLevel level) {
    switch (level) {
        case DiskLevel::enough:
            return "enough";
        case DiskLevel::low:
            return "low";
        case DiskLevel::full:
            return "full";
    }
    throw std::logic_error("not a level of a disk");
}

DiskRoom::DiskRoom(DiskProbe probe, DiskLimits limits, OnChange on_change)
    : probe_(std::move(probe)), limits_(limits), on_change_(std::move(on_change)) {
    look();
}

void DiskRoom::look() {
    const auto space = probe_();
    if (!space) {
        return;
    }
    used_bytes_ = space->used_bytes;
    free_bytes_ = space->free_bytes;
    const DiskLevel now = level_of(*space, limits_);
    if (level_.exchange(now) != now) {
        on_change_(now, *space);
    }
}

}  // namespace gateway
