#include "gateway/flow/store/sqlite/session.h"

#include <sqlite3.h>

#include <utility>

namespace gateway::sqlite {

namespace {

using namespace std::chrono_literals;

// The log is copied into the database after this much, or once nothing has come for a while. One
// commit at a time must not pay for a checkpoint each.
constexpr std::int64_t log_bytes_between_checkpoints = 16LL << 20U;
constexpr auto idle_before_checkpoint = 100ms;

// A log that readers keep from being reused is waited for, not left to grow; but only so long,
// since units wait meanwhile and a backup reads for minutes.
constexpr std::int64_t log_bytes_max = 4 * log_bytes_between_checkpoints;
constexpr int wait_for_readers_ms = 100;

std::int64_t page_size(Connection& connection) {
    Query query(connection, "PRAGMA page_size");
    return query.step() ? query.integer(0) : 4096;
}

// A full disk takes nothing back: the transaction is undone and a later one may succeed. After any
// other trouble below SQLite (fsync most of all: pages may be lost though the next one succeeds),
// what is on the disk is unknown until the file is opened and recovered again.
bool breaks_the_store(int primary_code) {
    return primary_code != SQLITE_FULL && primary_code != SQLITE_BUSY;
}

// This session's connection throws nothing else.
bool breaks_the_store(const sql::SqlError& error) {
    const auto* ours = dynamic_cast<const SqliteError*>(&error);
    return ours == nullptr || breaks_the_store(ours->primary_code());
}

}  // namespace

SqliteSession::SqliteSession(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), page_bytes_(page_size(*connection_)) {
    sqlite3_wal_hook(connection_->handle(), &SqliteSession::note_log_pages, this);
}

sql::Connection& SqliteSession::begin() {
    connection_->run("BEGIN IMMEDIATE");
    return *connection_;
}

void SqliteSession::commit() {
    connection_->run("COMMIT");
}

sql::Broken SqliteSession::recover(const sql::SqlError& error) {
    bool broken = breaks_the_store(error);
    try {
        if (connection_->in_transaction()) {
            connection_->run("ROLLBACK");
        }
    } catch (const sql::SqlError&) {
        broken = true;
    }
    if (!broken) {
        return std::nullopt;
    }
    // A log that may not be on the disk must not be copied into the database either.
    connection_->keep_log_on_close();
    return error.what();
}

std::optional<std::chrono::milliseconds> SqliteSession::rest() const {
    return log_pages_ == pages_checkpointed_ ? std::nullopt : std::optional(idle_before_checkpoint);
}

int SqliteSession::note_log_pages(void* session, sqlite3* /*connection*/, const char* /*database*/,
                                  int pages) {
    auto& self = *static_cast<SqliteSession*>(session);
    if (pages < self.log_pages_) {
        self.pages_checkpointed_ = 0;  // SQLite has begun the log afresh
    }
    self.log_pages_ = pages;
    return SQLITE_OK;
}

bool SqliteSession::wants_checkpoint(bool is_quiet) const {
    const std::int64_t grown = log_pages_ - pages_checkpointed_;
    return grown > 0 && (is_quiet || grown * page_bytes_ >= log_bytes_between_checkpoints);
}

sql::Session::Tended SqliteSession::tend(bool is_quiet) {
    if (!wants_checkpoint(is_quiet)) {
        return {};
    }
    const bool is_overdue = log_pages_ * page_bytes_ >= log_bytes_max;
    connection_->wait_for_locks(wait_for_readers_ms);
    const int result = sqlite3_wal_checkpoint_v2(
        connection_->handle(), nullptr,
        is_overdue ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    connection_->wait_for_locks(Connection::usual_wait_ms);
    if (result != SQLITE_OK && breaks_the_store(result & 0xff)) {
        connection_->keep_log_on_close();
        return {.checkpointed = false, .broken = sqlite3_errmsg(connection_->handle())};
    }
    pages_checkpointed_ = log_pages_;
    return {.checkpointed = true};
}

}  // namespace gateway::sqlite
