// The connection that writes a PostgreSQL store, made again whenever it was lost. Several gateways
// may share the store: each transaction takes one advisory lock first and holds it until its commit
// is durable, so that the audit chain and every sequence grow in commit order, and who reads a feed
// up to a number has seen all below it. A gateway whose schema is older than the database's writes
// no more. https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
//
// A COMMIT whose answer was lost is settled before anything else: each transaction writes its
// number into this writer's row, and once the lock is had again, that row says whether it took
// place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flow/store/postgres/listener.h"
#include "gateway/flow/store/postgres/reach.h"
#include "gateway/flow/store/sql/session.h"

namespace gateway::postgres {

// Begins a transaction; on return nobody else writes until its end.
void begin_alone(Connection& connection);

class PostgresSession final : public sql::Session {
public:
    PostgresSession(std::unique_ptr<Connection> connection, ConnectionParameters parameters,
                    std::shared_ptr<Reach> reach);

    sql::Connection& begin() override;
    void commit() override;
    sql::Broken recover(const sql::SqlError& error) override;

    bool is_shared() const override { return true; }

    void announce(const std::vector<std::string>& destinations) override;
    void hear(std::function<void(const std::string& destination)> told) override;

    std::optional<std::string> away() const override { return reach_->away(); }

    std::optional<std::string> outdated() const override { return reach_->outdated(); }

    // At rest, asks now and then whether the database is still there, and whether it is there
    // again.
    // VACUUM and the server's own log: an operator's to say how long they keep it (README.md).
    void erase_traces() override {}

    std::optional<std::chrono::milliseconds> rest() const override;
    Tended tend(bool is_quiet) override;

private:
    bool connect();
    void begin_known_version();
    bool answers();
    bool is_in_doubt() const;
    bool settle(const PostgresError& error);
    std::optional<bool> ask_again();

    std::unique_ptr<Connection> connection_;  // null once it was lost
    ConnectionParameters parameters_;
    std::shared_ptr<Reach> reach_;
    std::string id_;                // of this writer among all that ever were
    std::int64_t transaction_ = 0;  // the number of the present one, or of the last
    bool has_company_ = false;      // others have written lately
    std::unique_ptr<Listener> listener_;
};

}  // namespace gateway::postgres
