#include "gateway/flow/store/sqlite/counted_disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "gateway/base/failure.h"
#include "gateway/base/text.h"

namespace gateway {

namespace {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free, "two processes share it");

Count* map_count(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(Count)) != 0) {
        throw Failure(Category::unavailable, path + ": the count of syncs cannot be kept");
    }
    void* const memory = mmap(nullptr, sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) {
        throw Failure(Category::unavailable, path + ": the count of syncs cannot be shared");
    }
    return std::construct_at(static_cast<Count*>(memory), 0);
}

}  // namespace

struct CountedDisk::Layer {
    // A file is the machine's own and only gets this table of functions in place of the one it had;
    // so the table says which layer it belongs to.
    struct Methods {
        sqlite3_io_methods table{};  // the machine's but for xSync
        Layer* layer = nullptr;
        int (*sync)(sqlite3_file*, int) = nullptr;  // the machine's
    };

    static int open_file(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags,
                         int* out) {
        Layer& layer = *static_cast<Layer*>(self->pAppData);
        const int result = layer.machine->xOpen(layer.machine, name, file, flags, out);
        if (result == SQLITE_OK && file->pMethods != nullptr) {
            layer.take_over(*file);
        }
        return result;
    }

    static int sync_file(sqlite3_file* file, int flags) {
        // The table is the first member: SQLite's own way to derive.
        const auto& methods = *reinterpret_cast<const Methods*>(file->pMethods);
        const auto began = std::chrono::steady_clock::now();
        const int result = methods.sync(file, flags);
        ++*methods.layer->count;
        if (methods.layer->sync_time.count() > 0) {
            std::this_thread::sleep_until(began + methods.layer->sync_time);
        }
        return result;
    }

    // The machine has a table for each way of locking: files that are never locked have another.
    void take_over(sqlite3_file& file) {
        const std::lock_guard lock(mutex);
        const auto [known, is_new] = methods.try_emplace(file.pMethods);
        if (is_new) {
            known->second = {*file.pMethods, this, file.pMethods->xSync};
            known->second.table.xSync = sync_file;
        }
        file.pMethods = &known->second.table;
    }

    sqlite3_vfs* machine = nullptr;
    sqlite3_vfs vfs{};
    Count* count = nullptr;
    std::chrono::microseconds sync_time{};
    std::mutex mutex;                                      // guards the rest
    std::map<const sqlite3_io_methods*, Methods> methods;  // by the machine's
};

CountedDisk::CountedDisk(const std::string& count_file, std::chrono::microseconds sync_time)
    : layer_(std::make_unique<Layer>()) {
    layer_->count = map_count(count_file);
    layer_->sync_time = sync_time;
    layer_->machine = sqlite3_vfs_find(nullptr);
    layer_->vfs = *layer_->machine;
    layer_->vfs.pNext = nullptr;
    layer_->vfs.zName = name_.c_str();
    layer_->vfs.pAppData = layer_.get();
    layer_->vfs.xOpen = Layer::open_file;
    if (sqlite3_vfs_register(&layer_->vfs, 0) != SQLITE_OK) {
        throw Failure(Category::fault, "the counting file layer cannot be registered");
    }
}

CountedDisk::~CountedDisk() {
    sqlite3_vfs_unregister(&layer_->vfs);
    munmap(layer_->count, sizeof(Count));
}

std::uint64_t read_sync_count(const std::string& count_file) {
    const std::string bytes = read_file(count_file);
    std::uint64_t count = 0;
    std::memcpy(&count, bytes.data(), std::min(bytes.size(), sizeof(count)));
    return count;
}

}  // namespace gateway
