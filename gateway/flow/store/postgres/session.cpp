#include "gateway/flow/store/postgres/session.h"

#include <fmt/format.h>

#include <utility>

#include "gateway/base/ids.h"
#include "gateway/flow/store/postgres/migrations.h"

namespace gateway::postgres {

namespace {

// "PnBr": the writers' lock among the advisory locks of this database.
constexpr std::int64_t writers_lock = 0x506e4272;

// Of the statements of units, all short, and of COMMIT, which waits for the disk.
constexpr ConnectionLimits writing_limits{.answer = std::chrono::seconds(10)};

constexpr std::chrono::milliseconds between_questions = std::chrono::seconds(1);
constexpr std::chrono::milliseconds between_attempts{250};

// A restart or a failover takes some seconds. Whoever waits for the outcome is told after this time
// that it is not known; what comes again is known by its key then.
constexpr std::chrono::seconds settling_max{10};

// What the server says of a transaction that would write, on a standby or a primary of before.
constexpr std::string_view read_only = "25006";

}  // namespace

void begin_alone(Connection& connection) {
    connection.execute(fmt::format("BEGIN; SELECT pg_advisory_xact_lock({})", writers_lock));
}

PostgresSession::PostgresSession(std::unique_ptr<Connection> connection,
                                 ConnectionParameters parameters, std::shared_ptr<Reach> reach)
    : connection_(std::move(connection)),
      parameters_(std::move(parameters)),
      reach_(std::move(reach)),
      id_(RandomIds().uuid()) {
    connection_->limit(writing_limits);
}

// A connection that was lost between two transactions took nothing with it: another will do.
sql::Connection& PostgresSession::begin() {
    try {
        if (connection_) {
            begin_known_version();
            return *connection_;
        }
    } catch (const PostgresError& error) {
        if (connection_->is_usable() && error.state() != read_only) {
            throw;
        }
    }
    try {
        connect();
    } catch (const PostgresError& error) {
        reach_->lost(error.what());
        throw;
    }
    begin_known_version();
    return *connection_;
}

// Whether the last transaction that was begun took place. With the lock it is over: what its row
// says then is true. The question writes, too: once it is durable (at the standby as well, where
// there is one) so is all that came before it, whoever answered or did not answer for that.
bool PostgresSession::connect() {
    connection_.reset();
    connection_ = reach_->connect(parameters_, writing_limits, Reach::Patience::full);
    begin_alone(*connection_);
    const bool took_place = connection_->ask_number(fmt::format(
                                "SELECT count(*) FROM writer WHERE id = '{}' AND transaction = {}",
                                id_, transaction_)) == 1;
    connection_->execute(
        fmt::format("INSERT INTO writer (id, transaction) VALUES ('{}', 0) "
                    "ON CONFLICT (id) DO UPDATE SET seen = now(); "
                    "DELETE FROM writer WHERE seen < now() - interval '30 days'",
                    id_));
    connection_->commit();
    reach_->moved();
    reach_->found();
    return took_place;
}

// One round trip. The version is read behind the lock, under which alone it changes.
void PostgresSession::begin_known_version() {
    connection_->run_later("BEGIN", {});
    connection_->run_later("SELECT pg_advisory_xact_lock(?1)", {writers_lock});
    connection_->run_later(
        "INSERT INTO writer (id, transaction) VALUES (?1, ?2) "
        "ON CONFLICT (id) DO UPDATE SET transaction = excluded.transaction, seen = now()",
        {id_, ++transaction_});
    const auto [present, writers] = connection_->number_rows();
    has_company_ = writers > 1;
    if (present != shipped_migrations().back().version) {
        const std::string why = fmt::format(
            "the database has schema version {} by now, this Painbridge knows up to {}: "
            "replace it",
            present, shipped_migrations().back().version);
        reach_->outdate(why);
        throw PostgresError("55000", why);
    }
}

// With the commit: who hears it can read it. Nobody is told where nobody else is there.
void PostgresSession::announce(const std::vector<std::string>& destinations) {
    if (has_company_) {
        const std::string text = announcement(id_, destinations);
        connection_->run_later("SELECT pg_notify('painbridge', ?1)", {text});
    }
}

void PostgresSession::hear(std::function<void(const std::string& destination)> told) {
    listener_.reset();
    if (told) {
        listener_ = std::make_unique<Listener>(parameters_, reach_, id_, std::move(told));
    }
}

void PostgresSession::commit() {
    try {
        connection_->commit();
    } catch (const PostgresError& error) {
        if (!is_in_doubt() || !settle(error)) {
            throw;
        }
    }
}

// Where the server said no, the transaction is gone for certain.
bool PostgresSession::is_in_doubt() const {
    return !connection_->is_usable() || connection_->was_warned();
}

// Whether it took place after all. Until that is known nobody else is served either: what they look
// up might be what is in doubt.
bool PostgresSession::settle(const PostgresError& error) {
    const auto until = std::chrono::steady_clock::now() + settling_max;
    do {
        reach_->lost(error.what());
        if (const auto took_place = ask_again()) {
            return *took_place;
        }
        reach_->rest(between_attempts);
    } while (std::chrono::steady_clock::now() < until);
    return false;
}

std::optional<bool> PostgresSession::ask_again() {
    try {
        return connect();
    } catch (const PostgresError&) {
        connection_.reset();
        return std::nullopt;
    }
}

// Nothing but damage and a newer schema is for ever: what was in doubt is answered so, and the
// server recovers itself.
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
    return reach_->outdated();
}

std::optional<std::chrono::milliseconds> PostgresSession::rest() const {
    return reach_->away() ? between_attempts : between_questions;
}

sql::Session::Tended PostgresSession::tend(bool is_quiet) {
    if (is_quiet && !answers()) {
        try {
            connect();
        } catch (const PostgresError& error) {
            reach_->lost(error.what());
        }
    }
    return {};
}

bool PostgresSession::answers() {
    if (!connection_ || !connection_->is_usable()) {
        return false;
    }
    try {
        connection_->execute("SELECT 1");
        reach_->found();
        return true;
    } catch (const PostgresError&) {
        return false;
    }
}

}  // namespace gateway::postgres
