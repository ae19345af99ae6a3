// The connection that writes a PostgreSQL store, made again whenever it was lost. Several gateways
// may share the store: each transaction takes one advisory lock first and holds it until its commit
// is durable, so that the audit chain and every sequence grow in commit order, and who reads a feed
// up to a number has seen all below it. A gateway whose schema is older than the database's writes
// no more. https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
#pragma once

#include <memory>

#include "gateway/flow/store/postgres/connection.h"
#include "gateway/flow/store/sql/session.h"

namespace gateway::postgres {

// Begins a transaction; on return nobody else writes until its end.
void begin_alone(Connection& connection);

class PostgresSession final : public sql::Session {
public:
    PostgresSession(std::unique_ptr<Connection> connection, ConnectionParameters parameters);

    sql::Connection& begin() override;
    void commit() override;
    sql::Broken recover(const sql::SqlError& error) override;

    bool is_shared() const override { return true; }

    std::optional<std::chrono::milliseconds> rest() const override { return std::nullopt; }

    Tended tend(bool /*is_quiet*/) override { return {}; }

private:
    void begin_known_version();

    std::unique_ptr<Connection> connection_;  // null once it was lost
    ConnectionParameters parameters_;
};

}  // namespace gateway::postgres
