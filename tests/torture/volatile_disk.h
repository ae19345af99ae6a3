// SQLite's own file layer with a disk below it that has a volatile cache: what was written and not
// yet synced is gone when the power fails, and writes or syncs fail on demand. One for a process;
// it becomes the default layer, so that the product opens its store through it.
// https://www.sqlite.org/vfs.html
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace gateway::torture {

enum class DiskFault { none, full, sync_fails, short_write };

struct DiskPlan {
    DiskFault fault = DiskFault::none;
    std::uint64_t from = 0;             // the write, or the sync, that fails first
    std::uint64_t writes_refused = 25;  // of a full disk, then there is room again
    std::function<void()> on_fault = {};
};

void use_volatile_disk(DiskPlan plan);

// All that was not synced is undone in the files.
void lose_power();

}  // namespace gateway::torture
