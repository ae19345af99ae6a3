#include "gateway/flow/store/sqlite/copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/base/open_file.h"
#include "gateway/flow/store/sql/inspect.h"
#include "gateway/flow/store/sqlite/file_lock.h"
#include "gateway/flow/store/sqlite/migrations.h"

namespace gateway {

namespace {

using namespace sqlite;

constexpr int pages_per_step = 2048;  // 8 MiB: often enough to tell how far it is

Failure cannot_copy(const std::string& path, const sql::SqlError& error) {
    return {error.is_damage() ? Category::fault : Category::unavailable,
            "the store cannot be copied", fmt::format("{}: {}", path, error.what())};
}

std::uint64_t number_of(Connection& connection, const char* sql) {
    Query row(connection, sql);
    return row.step() ? row.number(0) : 0;
}

// https://www.sqlite.org/c3ref/backup_finish.html
class PageCopy final {
public:
    PageCopy(const Connection& to, const Connection& from) : handle_(begin(to, from)) {
        if (handle_ == nullptr) {
            throw SqliteError(sqlite3_extended_errcode(to.handle()), sqlite3_errmsg(to.handle()));
        }
    }

    ~PageCopy() { sqlite3_backup_finish(handle_); }

    PageCopy(const PageCopy&) = delete;
    PageCopy& operator=(const PageCopy&) = delete;
    PageCopy(PageCopy&&) = delete;
    PageCopy& operator=(PageCopy&&) = delete;

    // False after the last page.
    bool step() {
        const Act act(ActSite::copy_pages);
        const int result = sqlite3_backup_step(handle_, pages_per_step);
        if (result != SQLITE_OK && result != SQLITE_DONE) {
            throw SqliteError(result,
                              fmt::format("SQLite: copy ({}): {}", result, sqlite3_errstr(result)));
        }
        return result == SQLITE_OK;
    }

    CopyProgress progress(std::uint64_t page_bytes) const {
        const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(handle_));
        const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(handle_));
        return {(all - left) * page_bytes, all * page_bytes};
    }

private:
    static sqlite3_backup* begin(const Connection& to, const Connection& from) {
        const Act act(ActSite::copy_begin);
        return sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    }

    sqlite3_backup* handle_;
};

void refuse_newer(Connection& connection, const std::string& path) {
    const std::int64_t present = schema_version(connection);
    const std::int64_t latest = shipped_migrations().back().version;
    if (present == 0 || present > latest) {
        throw Failure(Category::fault, "the store cannot be copied",
                      fmt::format("{} has schema version {}, this Painbridge knows 1 to {}", path,
                                  present, latest));
    }
}

// Under the snapshot that the first look takes.
void copy_pages(const SqliteOptions& options, const std::string& to,
                const OnCopyProgress& on_progress) {
    Connection source(options.path, Access::read_only, "");
    source.keep_log_on_close();
    source.execute("PRAGMA query_only = 1; PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0");
    source.execute("BEGIN");
    refuse_newer(source, options.path);
    const Connection target(to, Access::read_write, options.vfs);
    const std::uint64_t page_bytes = number_of(source, "PRAGMA page_size");
    PageCopy copy(target, source);
    while (copy.step()) {
        if (on_progress) {
            on_progress(copy.progress(page_bytes));
        }
    }
}

void check_sound(Connection& connection, const char* pragma, const std::string& path) {
    Query row(connection, pragma);
    if (!row.step() || row.text(0) != "ok") {
        throw Failure(Category::fault, "the store is damaged",
                      fmt::format("{} fails SQLite's integrity check ({})", path, row.text(0)));
    }
}

// The pages say that they have a log beside them: a backup is one file.
StoreMark settle(const SqliteOptions& options, const std::string& to) {
    const Act act(ActSite::copy_settle);
    Connection copy(to, Access::read_write, options.vfs);
    copy.execute("PRAGMA journal_mode = DELETE");
    check_sound(copy, "PRAGMA quick_check(1)", to);
    return sql::read_mark(copy);
}

Failure cannot_sync(const std::string& path, int error) {
    return {
        Category::unavailable, "the store cannot be copied",
        fmt::format("{} cannot be made durable: {}", path, std::generic_category().message(error))};
}

void sync_file(const std::string& path) {
    const Act act(ActSite::copy_sync);
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.descriptor()) != 0) {
        throw cannot_sync(path, errno);
    }
}

using SchemaRows = std::vector<std::pair<std::string, std::string>>;

// Tables and indexes with the text that made them.
SchemaRows schema_of(Connection& connection) {
    Query row(connection,
              "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema "
              "WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name");
    SchemaRows rows;
    while (row.step()) {
        rows.emplace_back(row.string(0), row.string(1));
    }
    return rows;
}

// A missing index is no damage to SQLite, but what it kept unique is so no longer.
std::optional<std::string> schema_fault(Connection& connection) {
    Connection fresh(":memory:", Access::read_write, "");
    migrate(fresh, ":memory:", shipped_migrations());
    const SchemaRows found = schema_of(connection);
    for (const auto& [name, sql] : schema_of(fresh)) {
        if (std::ranges::find(found, std::pair(name, sql)) == found.end()) {
            return fmt::format("the {} is missing or not as this version makes it", name);
        }
    }
    return std::nullopt;
}

void check_version(Connection& connection, const std::string& path) {
    const std::int64_t present = schema_version(connection);
    const std::int64_t latest = shipped_migrations().back().version;
    if (present != latest) {
        throw Failure(Category::fault, "the store cannot be read",
                      fmt::format("{} has schema version {}, this Painbridge reads version {}; a "
                                  "start, or `store restore`, brings an older one up to date",
                                  path, present, latest));
    }
}

StoreReport inspect_connection(Connection& connection, const SqliteOptions& options,
                               const InspectionProgress& on_progress) {
    check_version(connection, options.path);
    StoreReport report;
    {
        Query row(connection, "PRAGMA integrity_check(1)");
        if (!row.step() || row.text(0) != "ok") {
            report.fault = fmt::format("SQLite's integrity check: {}", row.text(0));
        }
    }
    if (!report.fault) {
        report.fault = schema_fault(connection);
    }
    sql::inspect(connection, *options.keys, on_progress, report);
    return report;
}

}  // namespace

std::uint64_t bytes_of_store(const std::string& path) {
    std::error_code error;
    const std::uint64_t file = std::filesystem::file_size(path, error);
    if (error) {
        throw Failure(Category::unavailable, "the store cannot be copied",
                      fmt::format("{}: {}", path, error.message()));
    }
    const std::uint64_t log = std::filesystem::file_size(path + "-wal", error);
    return error ? file : file + log;
}

StoreMark copy_sqlite_store(const SqliteOptions& options, const std::string& to,
                            const OnCopyProgress& on_progress) {
    try {
        make_private_file(to);
        copy_pages(options, to, on_progress);
        const StoreMark mark = settle(options, to);
        sync_file(to);
        return mark;
    } catch (const sql::SqlError& error) {
        throw cannot_copy(options.path, error);
    }
}

StoreReport inspect_sqlite_store(const SqliteOptions& options,
                                 const InspectionProgress& on_progress) {
    try {
        Connection connection(options.path, Access::read_only, options.vfs);
        connection.keep_log_on_close();
        connection.execute("PRAGMA query_only = 1; PRAGMA mmap_size = 0");
        return inspect_connection(connection, options, on_progress);
    } catch (const SqliteError& error) {
        if (!error.is_damage()) {
            throw Failure(Category::unavailable, "the store cannot be read",
                          fmt::format("{}: {}", options.path, error.what()));
        }
        StoreReport report;
        report.fault = fmt::format("the file is damaged: {}", error.what());
        return report;
    }
}

}  // namespace gateway
