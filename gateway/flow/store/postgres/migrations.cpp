#include "gateway/flow/store/postgres/migrations.h"

#include <fmt/format.h>

#include <string>

#include "gateway/base/failure.h"

namespace gateway::postgres {

std::int64_t schema_version(Connection& connection) {
    if (connection.ask_number("SELECT count(*) FROM pg_catalog.pg_tables "
                              "WHERE schemaname = 'painbridge' AND tablename = 'schema_version'") ==
        0) {
        return 0;
    }
    return connection.ask_number("SELECT max(version) FROM painbridge.schema_version");
}

void refuse_newer(std::int64_t present, std::span<const sql::Migration> migrations) {
    if (present > migrations.back().version) {
        throw Failure(Category::fault, "the store cannot be opened",
                      fmt::format("the database has schema version {}, this Painbridge knows up to "
                                  "{}: start the newer Painbridge, or restore the backup from "
                                  "before it",
                                  present, migrations.back().version));
    }
}

void migrate(Connection& connection, std::span<const sql::Migration> migrations) {
    const std::int64_t present = schema_version(connection);
    refuse_newer(present, migrations);
    if (present == migrations.back().version) {
        return;
    }
    // A large store may take its time; SET LOCAL ends with the transaction.
    connection.execute("SET LOCAL statement_timeout = 0");
    if (present == 0) {
        connection.execute(
            "CREATE SCHEMA IF NOT EXISTS painbridge; CREATE TABLE painbridge.schema_version "
            "(version bigint PRIMARY KEY, name text NOT NULL)");
    }
    for (const sql::Migration& migration : migrations) {
        if (migration.version > present) {
            connection.execute(std::string(migration.sql));
            connection.run("INSERT INTO schema_version (version, name) VALUES (?1, ?2)",
                           {migration.version, migration.name});
        }
    }
}

}  // namespace gateway::postgres
