#include "gateway/flow/store/sqlite/session.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "gateway/base/act.h"

namespace gateway::sqlite {

namespace {

using namespace std::chrono_literals;

// The log is copied into the database after this much, or once nothing has come for a while. One
// commit at a time must not pay for a checkpoint each.
constexpr std::int64_t log_bytes_between_checkpoints = 16LL << 20U;
constexpr auto idle_before_checkpoint = 100ms;

// How soon the end of the integrity check is noticed where nothing is written.
constexpr auto check_pause = 1s;

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

SqliteSession::SqliteSession(std::unique_ptr<Connection> connection,
                             std::unique_ptr<IntegrityCheck> check)
    : connection_(std::move(connection)),
      check_(std::move(check)),
      page_bytes_(page_size(*connection_)) {
    sqlite3_wal_hook(connection_->handle(), &SqliteSession::note_log_pages, this);
}

sql::Connection& SqliteSession::begin() {
    connection_->run("BEGIN IMMEDIATE");
    return *connection_;
}

void SqliteSession::commit() {
    const Act act(ActSite::store_commit);
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
    if (log_pages_ != pages_checkpointed_ || must_cut_log_) {
        return idle_before_checkpoint;
    }
    return check_ ? std::optional<std::chrono::milliseconds>(check_pause) : std::nullopt;
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
    return (must_cut_log_ && is_quiet) ||
           (grown > 0 && (is_quiet || grown * page_bytes_ >= log_bytes_between_checkpoints));
}

// What was committed meanwhile stays acknowledged: it is in the log, and reading it back will show.
sql::Broken SqliteSession::found_damage() const {
    const auto fault = check_ ? check_->fault() : std::nullopt;
    if (!fault) {
        return std::nullopt;
    }
    return fmt::format(
        "SQLite's integrity check found damage ({}): look with `painbridge store verify`, restore "
        "a backup",
        *fault);
}

sql::Session::Tended SqliteSession::tend(bool is_quiet) {
    if (auto damage = found_damage()) {
        connection_->keep_log_on_close();
        return {.checkpointed = false, .broken = std::move(damage)};
    }
    if (check_ && !check_->is_running()) {
        check_.reset();
    }
    if (!wants_checkpoint(is_quiet)) {
        return {};
    }
    const Act act(ActSite::store_checkpoint);
    const bool is_overdue = log_pages_ * page_bytes_ >= log_bytes_max;
    connection_->wait_for_locks(wait_for_readers_ms);
    const int result = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                                 must_cut_log_ ? SQLITE_CHECKPOINT_TRUNCATE
                                                 : is_overdue  ? SQLITE_CHECKPOINT_RESTART
                                                               : SQLITE_CHECKPOINT_PASSIVE,
                                                 nullptr, nullptr);
    connection_->wait_for_locks(Connection::usual_wait_ms);
    if (result != SQLITE_OK && breaks_the_store(result & 0xff)) {
        connection_->keep_log_on_close();
        return {.checkpointed = false, .broken = sqlite3_errmsg(connection_->handle())};
    }
    if (must_cut_log_ && result == SQLITE_OK) {
        must_cut_log_ = false;
        log_pages_ = 0;
    }
    pages_checkpointed_ = log_pages_;
    return {.checkpointed = true};
}

}  // namespace gateway::sqlite
