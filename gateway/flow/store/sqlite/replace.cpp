#include "gateway/flow/store/sqlite/replace.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/file_lock.h"

namespace gateway::sqlite {

namespace {

void check(const std::error_code& error, const std::string& file, const char* act) {
    if (error) {
        throw Failure(Category::unavailable, "the store cannot be replaced",
                      fmt::format("{} cannot be {}: {}", file, act, error.message()));
    }
}

bool is_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

// The last connection to close writes the log into the file. A damaged store keeps it.
void fold_log_in(const std::string& path) {
    try {
        Connection connection(path, Access::read_write, "");
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const SqliteError&) {  // kept as it is: whoever repairs it needs both
    }
}

void move(const std::string& from, const std::string& to) {
    const Act act(ActSite::store_rename);
    std::error_code error;
    std::filesystem::rename(from, to, error);
    check(error, from, "renamed");
}

// What SQLite shares between processes, made anew by the next.
void remove_memory(const std::string& path) {
    const Act act(ActSite::store_memory);
    std::error_code error;
    std::filesystem::remove(path + "-shm", error);
    check(error, path + "-shm", "removed");
}

// A second name, so that the first is never without a store; where there are none, a new name.
void keep(const std::string& path, const std::string& aside) {
    const Act act(ActSite::store_link);
    if (::link(path.c_str(), aside.c_str()) != 0) {
        move(path, aside);
    }
}

}  // namespace

bool replace_store(const std::string& path, const std::string& with, const std::string& aside) {
    const bool was_there = is_there(path);
    if (was_there) {
        fold_log_in(path);
    }
    // A log of another store would be read into the new one.
    if (const std::string log = path + "-wal"; is_there(log)) {
        move(log, aside + "-wal");
    }
    remove_memory(path);
    sync_directory_of(path);
    if (was_there) {
        keep(path, aside);
    }
    move(with, path);
    sync_directory_of(path);
    return was_there;
}

}  // namespace gateway::sqlite
