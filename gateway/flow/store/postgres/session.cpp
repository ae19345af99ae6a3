#include "gateway/flow/store/postgres/session.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "gateway/flow/store/postgres/migrations.h"

namespace gateway::postgres {

namespace {

// "PnBr": the writers' lock among the advisory locks of this database.
constexpr std::int64_t writers_lock = 0x506e4272;

}  // namespace

void begin_alone(Connection& connection) {
    connection.execute(fmt::format("BEGIN; SELECT pg_advisory_xact_lock({})", writers_lock));
}

PostgresSession::PostgresSession(std::unique_ptr<Connection> connection,
                                 ConnectionParameters parameters)
    : connection_(std::move(connection)), parameters_(std::move(parameters)) {
}

// A connection that was lost between two transactions took nothing with it: another will do.
sql::Connection& PostgresSession::begin() {
    try {
        if (connection_) {
            begin_known_version();
            return *connection_;
        }
    } catch (const PostgresError&) {
        if (connection_->is_usable()) {
            throw;
        }
    }
    connection_.reset();
    connection_ = std::make_unique<Connection>(parameters_);
    begin_known_version();
    return *connection_;
}

// One round trip. The version is read behind the lock, under which alone it changes.
void PostgresSession::begin_known_version() {
    static const std::string sql = fmt::format(
        "BEGIN; SELECT pg_advisory_xact_lock({}); SELECT max(version) FROM "
        "schema_version",
        writers_lock);
    const std::int64_t present = connection_->ask_number(sql);
    if (present != shipped_migrations().back().version) {
        throw PostgresError(
            "55000", fmt::format("the database has schema version {} by now, this Painbridge knows "
                                 "up to {}: replace it",
                                 present, shipped_migrations().back().version));
    }
}

void PostgresSession::commit() {
    connection_->commit();
}

// Nothing but damage is for ever: what was in doubt is answered so, and the server recovers itself.
sql::Broken PostgresSession::recover(const sql::SqlError& error) {
    try {
        if (connection_ && connection_->is_usable() && connection_->in_transaction()) {
            connection_->execute("ROLLBACK");
        }
    } catch (const PostgresError&) {
        connection_.reset();
    }
    if (error.is_damage()) {
        return error.what();
    }
    return std::nullopt;
}

}  // namespace gateway::postgres
