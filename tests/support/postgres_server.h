// A PostgreSQL 15 server of the test's own: in a folder below the temporary one, reached over a
// socket in it, gone with its owner or with this process. It keeps what it commits as a real one
// does. For tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/postgres/postgres_store.h"
#include "tests/support/scratch_folder.h"

namespace gateway {

class PostgresServer final {
public:
    // Throws std::runtime_error, with what to do, where it is not installed or does not come up.
    PostgresServer();

    // Pulls the plug: nothing is written any more.
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    PostgresServer(PostgresServer&&) = delete;
    PostgresServer& operator=(PostgresServer&&) = delete;

    // A database, made when it is first asked for.
    PostgresTarget database(const std::string& name);

    std::unique_ptr<postgres::Connection> connect(const std::string& database) const;

    // Cuts every connection of the gateway to the database at once. How many there were.
    std::int64_t cut_connections(const std::string& database) const;

    // Pulls the plug and starts it again: it recovers.
    void crash();

    void pull_the_plug();
    void start();

    // The processes that serve the gateways of this database stand still, as on a machine that
    // hangs.
    void freeze(const std::string& database);
    void thaw();

    const std::string& folder() const { return folder_.path(); }

private:
    std::string data() const { return folder_.file("data"); }

    ScratchFolder folder_;
    std::unique_ptr<Child> server_;
    std::vector<int> frozen_;
};

}  // namespace gateway
