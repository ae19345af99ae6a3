#include <stdexcept>

#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/postgres/postgres_store.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/copy.h"
#include "gateway/flow/store/sqlite/sqlite_store.h"
#include "tests/flow/store/store_fixture.h"
#include "tests/support/postgres_server.h"

namespace gateway::test {

namespace {

// One for all tests of this process, started by the first that needs it; each has a database.
PostgresServer& postgres_server() {
    static PostgresServer server;
    return server;
}

SqliteOptions sqlite_in(const std::filesystem::path& folder, std::string_view letters = "a") {
    SqliteOptions options;
    options.path = folder / "store.db";
    options.keys = keys_of(letters);
    return options;
}

PostgresOptions postgres_in(const std::filesystem::path& folder, std::string_view letters = "a") {
    PostgresOptions options;
    options.target = postgres_server().database(folder.filename());
    options.general.keys = keys_of(letters);
    return options;
}

Backend sqlite_backend() {
    return {"Sqlite", [](const auto& folder) { return open_sqlite_store(sqlite_in(folder)); },
            [](const auto& folder, std::string_view letters) {
                return inspect_sqlite_store(sqlite_in(folder, letters));
            },
            [](const auto& folder, const std::string& sql) {
                sqlite::Connection connection(sqlite_in(folder).path, sqlite::Access::read_write,
                                              "");
                connection.keep_log_on_close();
                connection.execute(sql);
            }};
}

Backend postgres_backend() {
    return {"Postgres", [](const auto& folder) { return open_postgres_store(postgres_in(folder)); },
            [](const auto& folder, std::string_view letters) {
                return inspect_postgres_store(postgres_in(folder, letters));
            },
            [](const auto& folder, const std::string& sql) {
                postgres_server().connect(folder.filename())->execute(sql);
            }};
}

}  // namespace

const std::vector<Backend>& backends() {
    static const std::vector<Backend> all = {sqlite_backend(), postgres_backend()};
    return all;
}

}  // namespace gateway::test
