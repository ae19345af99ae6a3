// The connection that writes a SQLite store, and that alone checkpoints its log: when idle, or when
// the log has grown. SQLite before 3.51.3 can damage the file when two connections write and
// checkpoint (https://www.sqlite.org/wal.html).
#pragma once

#include <cstdint>
#include <memory>

#include "gateway/flow/store/sql/session.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/sqlite/integrity_check.h"

namespace gateway::sqlite {

class SqliteSession final : public sql::Session {
public:
    // `check`: of a store that is too large to be checked before; null: it has been.
    SqliteSession(std::unique_ptr<Connection> connection, std::unique_ptr<IntegrityCheck> check);

    sql::Connection& begin() override;
    void commit() override;
    sql::Broken recover(const sql::SqlError& error) override;

    bool is_shared() const override { return false; }

    // The log still holds the pages of before: it is cut off.
    void erase_traces() override { must_cut_log_ = true; }

    std::optional<std::chrono::milliseconds> rest() const override;
    Tended tend(bool is_quiet) override;

private:
    sql::Broken found_damage() const;
    bool wants_checkpoint(bool is_quiet) const;
    static int note_log_pages(void* session, sqlite3*, const char*, int pages);

    std::unique_ptr<Connection> connection_;
    std::unique_ptr<IntegrityCheck> check_;  // null once it has ended well
    std::int64_t page_bytes_;
    std::int64_t log_pages_ = 0;  // in the write-ahead log, after the last commit
    bool must_cut_log_ = false;
    std::int64_t pages_checkpointed_ = 0;  // of them, at the last checkpoint
};

}  // namespace gateway::sqlite
