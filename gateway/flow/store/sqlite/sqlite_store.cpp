#include "gateway/flow/store/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/flow/store/sql/sql_store.h"
#include "gateway/flow/store/sql/writes.h"
#include "gateway/flow/store/sqlite/file_lock.h"
#include "gateway/flow/store/sqlite/migrations.h"
#include "gateway/flow/store/sqlite/session.h"

namespace gateway {

namespace {

using namespace sqlite;

// Reasons: flow/store/README.md, "Settings of SQLite".
constexpr const char* writer_settings =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; "
    "PRAGMA secure_delete = ON; "
    "PRAGMA journal_size_limit = 67108864";

constexpr const char* reader_settings =
    "PRAGMA query_only = 1; PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA cache_size = -4000";

Failure cannot_open(const SqliteError& error, const std::string& path) {
    if (error.is_damage()) {
        return {Category::fault, "the store is damaged",
                path + ": " + error.what() + ": restore it from a backup"};
    }
    return {Category::unavailable, "the store cannot be opened", path + ": " + error.what()};
}

void check_integrity(Connection& connection, const std::string& path) {
    if (const auto damage = find_damage(connection)) {
        throw Failure(
            Category::fault, "the store is damaged",
            path + " failed SQLite's integrity check (" + *damage + "): restore it from a backup");
    }
}

// With what stands in its log.
std::int64_t bytes_of(Connection& connection) {
    Query row(connection, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    return row.step() ? row.integer(0) : 0;
}

// A migration reads and copies all of it anyway, and must not copy damage.
bool is_checked_at_once(Connection& connection, const SqliteOptions& options) {
    return bytes_of(connection) <= options.checked_at_once_max ||
           schema_version(connection) != shipped_migrations().back().version;
}

void use_write_ahead_log(Connection& connection, const std::string& path) {
    Query row(connection, "PRAGMA journal_mode = WAL");
    if (!row.step() || row.text(0) != "wal") {
        throw Failure(Category::unavailable, "the store cannot be opened",
                      path +
                          " stands on a file system without shared memory (a network share?): "
                          "name a path on a local disk in [store]");
    }
}

// Versions 1 and 2 were never released and kept payloads as they are; they are not converted.
void refuse_plain_payloads(Connection& connection, const std::string& path) {
    constexpr std::int64_t sealed_since = 3;
    const std::int64_t present = schema_version(connection);
    if (present > 0 && present < sealed_since &&
        Query(connection, "SELECT 1 FROM message LIMIT 1").step()) {
        throw Failure(Category::fault, "the store cannot be opened",
                      path +
                          " is from before payloads were encrypted: let the former Painbridge "
                          "deliver what is in it, then name another path in [store]");
    }
}

std::unique_ptr<Connection> open_for_reading(const SqliteOptions& options) {
    auto connection = std::make_unique<Connection>(options.path, Access::read_only, options.vfs);
    connection->keep_log_on_close();
    connection->execute(reader_settings);
    return connection;
}

std::unique_ptr<SqliteSession> open_for_writing(const SqliteOptions& options) {
    const Act act(ActSite::store_open);
    make_private_file(options.path);
    auto connection = std::make_unique<Connection>(options.path, Access::read_write, options.vfs);
    use_write_ahead_log(*connection, options.path);
    connection->execute(writer_settings);
    const bool is_checked = is_checked_at_once(*connection, options);
    if (is_checked) {
        check_integrity(*connection, options.path);
    }
    refuse_plain_payloads(*connection, options.path);
    migrate(*connection, options.path, shipped_migrations());
    sql::check_master_keys(*connection, *options.keys, options.path, sql::Writers::one);
    sql::release_leases(*connection);
    sync_directory_of(options.path);
    auto check = is_checked ? nullptr : std::make_unique<IntegrityCheck>(open_for_reading(options));
    return std::make_unique<SqliteSession>(std::move(connection), std::move(check));
}

void check_version(const SqliteOptions& options) {
    Connection connection(options.path, Access::read_only, options.vfs);
    connection.keep_log_on_close();
    const std::int64_t latest = shipped_migrations().back().version;
    const std::int64_t present = schema_version(connection);
    if (present != latest) {
        throw Failure(Category::fault, "the store cannot be opened",
                      options.path + " has schema version " + std::to_string(present) +
                          ", this Painbridge reads version " + std::to_string(latest));
    }
}

StoreOptions general(const SqliteOptions& options) {
    return {options.duplicates_kept, options.readers, options.units_per_commit_max,
            options.waiting_max, options.keys};
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const SqliteOptions& options) {
    if (!options.keys) {
        throw std::logic_error("a store is not written without keys");
    }
    try {
        auto lock = std::make_shared<FileLock>(options.path);
        auto writing = open_for_writing(options);
        return sql::make_store([options] { return open_for_reading(options); }, std::move(writing),
                               general(options), std::move(lock));
    } catch (const SqliteError& error) {
        throw cannot_open(error, options.path);
    }
}

std::unique_ptr<StoreReads> open_sqlite_reads(const SqliteOptions& options) {
    try {
        check_version(options);
        return sql::make_store([options] { return open_for_reading(options); }, nullptr,
                               general(options), nullptr);
    } catch (const SqliteError& error) {
        throw cannot_open(error, options.path);
    }
}

}  // namespace gateway
