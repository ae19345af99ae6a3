// The only door to SQLite's C interface. One thread at a time.
// https://www.sqlite.org/c3ref/intro.html
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/flow/store/sql/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gateway::sqlite {

using sql::Query;
using sql::Values;

class SqliteError final : public sql::SqlError {
public:
    // `code` is SQLite's extended result code.
    SqliteError(int code, std::string text);

    int code() const { return code_; }

    // The result code without its extension.
    int primary_code() const { return code_ & 0xff; }

    bool is_damage() const override;

private:
    int code_;
};

enum class Access { read_write, read_only };

class Connection final : public sql::Connection {
public:
    Connection(const std::string& path, Access access, const std::string& vfs);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void execute(const std::string& sql) override;
    std::optional<std::int64_t> insert(const char* sql, const char* key, Values values) override;
    bool in_transaction() const override;

    // A file that went away shows in the next statement.
    bool is_usable() const override { return true; }

    // Only a checkpoint that waits for readers, and a second process reading, ever meet a lock.
    static constexpr int usual_wait_ms = 5000;

    void wait_for_locks(int milliseconds);

    // Leave the log as it is when this connection closes.
    void keep_log_on_close();

    sqlite3* handle() const { return handle_; }

private:
    class PreparedStatement;

    sql::Statement& prepared(const char* sql) override;
    [[noreturn]] void fail(const char* what) const;

    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> statements_;
};

}  // namespace gateway::sqlite
