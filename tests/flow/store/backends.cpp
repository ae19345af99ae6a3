#include <stdexcept>

#include "gateway/flow/store/postgres/postgres_store.h"
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

std::unique_ptr<Store> open_sqlite(const std::filesystem::path& folder) {
    SqliteOptions options;
    options.path = folder / "store.db";
    options.keys = keys_of("a");
    return open_sqlite_store(options);
}

std::unique_ptr<Store> open_postgres(const std::filesystem::path& folder) {
    PostgresOptions options;
    options.target = postgres_server().database(folder.filename());
    options.general.keys = keys_of("a");
    return open_postgres_store(options);
}

}  // namespace

const std::vector<Backend>& backends() {
    static const std::vector<Backend> all = {{"Sqlite", open_sqlite}, {"Postgres", open_postgres}};
    return all;
}

}  // namespace gateway::test
