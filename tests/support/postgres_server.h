// A PostgreSQL 15 server of the test's own: in a folder below the temporary one, reached over a
// socket in it, gone with its owner or with this process. It keeps what it commits as a real one
// does. For tests.
#pragma once

#include <cstdint>
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

    // A standby that streams from `primary`.
    static std::unique_ptr<PostgresServer> following(const PostgresServer& primary);

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

    // Quits at SIGQUIT as if its plug were pulled.
    int process() const { return server_->process(); }

    // What it had is gone: a copy of `primary` takes its place, streaming from it.
    void follow(const PostgresServer& primary);

    // Starts again on a port of 127.0.0.1 too, where it wants TLS and shows this certificate: and a
    // password from the gateway's user, or a client certificate under `ca` from the user of its
    // name. The targets of `database` go on to be those of the socket.
    std::uint16_t listen_with_tls(const std::string& certificate, const std::string& key,
                                  const std::string& ca);

    // From now on a commit waits until a standby has it on its disk, too.
    void wait_for_standby();

    // A standby becomes the primary.
    void promote();

    // The processes that serve the gateways of this database stand still, as on a machine that
    // hangs.
    void freeze(const std::string& database);
    void thaw();

    const std::string& folder() const { return folder_.path(); }

private:
    enum class Cluster { none };

    explicit PostgresServer(Cluster cluster);

    std::string data() const { return folder_.file("data"); }

    void take(const std::string& file, const std::string& name) const;

    ScratchFolder folder_;
    std::uint16_t port_ = 5432;
    std::string addresses_;
    std::unique_ptr<Child> server_;
    std::vector<int> frozen_;
};

}  // namespace gateway
