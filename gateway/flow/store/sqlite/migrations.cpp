#include "gateway/flow/store/sqlite/migrations.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "gateway/base/act.h"
#include "gateway/base/failure.h"
#include "gateway/flow/store/sqlite/file_lock.h"

namespace gateway::sqlite {

namespace {

// "PnBr": marks the file as ours for `file` and for us. https://www.sqlite.org/fileformat.html §1.3
constexpr std::int64_t application_id = 0x506e4272;

std::int64_t pragma_number(Connection& connection, const char* sql) {
    Query query(connection, sql);
    return query.step() ? query.integer(0) : 0;
}

void refuse_other_file(Connection& connection) {
    const bool has_tables = pragma_number(connection, "SELECT count(*) FROM sqlite_schema") > 0;
    if (has_tables && pragma_number(connection, "PRAGMA application_id") != application_id) {
        throw Failure(Category::fault, "the store cannot be opened",
                      "the file is another program's database: name another path in [store]");
    }
}

void create_version_table(Connection& connection) {
    connection.execute(
        fmt::format("PRAGMA application_id = {};"
                    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, "
                    "name TEXT NOT NULL) STRICT",
                    application_id));
}

void check(const std::error_code& error, const std::string& file, std::string_view done) {
    if (error) {
        throw Failure(
            Category::unavailable, "the store cannot be opened",
            fmt::format("{}: cannot be {} before the migration: {}", file, done, error.message()));
    }
}

void copy_before(Connection& connection, const std::string& path, std::int64_t version,
                 const DiskProbe& disk) {
    const Act act(ActSite::store_copy);
    const std::string copy = fmt::format("{}.before-{}", path, version);
    const std::string unfinished = copy + ".part";
    // A start that was cut off, or a full disk, may have left a part of one.
    std::error_code error;
    for (const std::string& left : {unfinished, unfinished + "-journal"}) {
        std::filesystem::remove(left, error);
        check(error, left, "removed");
    }
    demand_room(disk,
                static_cast<std::uint64_t>(pragma_number(connection, "PRAGMA page_count") *
                                           pragma_number(connection, "PRAGMA page_size")),
                copy);
    make_private_file(unfinished);
    connection.run("VACUUM INTO ?1", {unfinished});  // syncs what it wrote
    std::filesystem::rename(unfinished, copy, error);
    check(error, unfinished, "renamed");
    sync_directory_of(copy);
}

void apply(Connection& connection, const Migration& migration) {
    const Act act(ActSite::store_migration);
    connection.execute("BEGIN IMMEDIATE");
    try {
        connection.execute(std::string(migration.sql));
        connection.run("INSERT INTO schema_version (version, name) VALUES (?1, ?2)",
                       {migration.version, migration.name});
        connection.execute("COMMIT");
    } catch (const SqliteError&) {
        if (connection.in_transaction()) {
            connection.execute("ROLLBACK");
        }
        throw;
    }
}

}  // namespace

std::int64_t schema_version(Connection& connection) {
    refuse_other_file(connection);
    if (pragma_number(connection,
                      "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0) {
        return 0;
    }
    return pragma_number(connection, "SELECT max(version) FROM schema_version");
}

void migrate(Connection& connection, const std::string& path, std::span<const Migration> migrations,
             const DiskProbe& disk) {
    const std::int64_t present = schema_version(connection);
    const std::int64_t latest = migrations.back().version;
    if (present > latest) {
        throw Failure(Category::fault, "the store cannot be opened",
                      fmt::format("{} has schema version {}, this Painbridge knows up to {}: start "
                                  "the newer Painbridge, or put back the copy {}.before-{}",
                                  path, present, latest, path, latest + 1));
    }
    if (present == latest) {
        return;
    }
    create_version_table(connection);
    if (present > 0) {
        copy_before(connection, path, latest, disk ? disk : disk_under(path));
    }
    for (const Migration& migration : migrations) {
        if (migration.version > present) {
            apply(connection, migration);
        }
    }
}

}  // namespace gateway::sqlite
