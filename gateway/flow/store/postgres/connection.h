// The only door to libpq. Statements run one by one, parameters and rows in binary form. Every
// connection writes durably, whatever the server's default, and gives up after a bounded time.
// Texts of other encodings, and those with NUL, pass through in an escaped form (text_escape.h).
// One thread at a time. https://www.postgresql.org/docs/15/libpq.html
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/flow/store/sql/connection.h"

struct pg_conn;
struct pg_result;

namespace gateway::postgres {

class PostgresError final : public sql::SqlError {
public:
    // `state` is the SQLSTATE; empty where there was no answer.
    // https://www.postgresql.org/docs/15/errcodes-appendix.html
    PostgresError(std::string state, std::string text);

    const std::string& state() const { return state_; }

    bool is_damage() const override;

private:
    std::string state_;
};

// Keyword and value, as of
// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
using ConnectionParameters = std::vector<std::pair<std::string, std::string>>;

class Connection final : public sql::Connection {
public:
    // Throws `PostgresError`.
    explicit Connection(const ConnectionParameters& parameters);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void execute(const std::string& sql) override;
    std::int64_t insert(const char* sql, const char* key, sql::Values values) override;
    bool in_transaction() const override;
    bool is_usable() const override;

    // Any number of statements; the first column of the last one's first row, 0 if there is none.
    std::int64_t ask_number(const std::string& sql);

    // Throws unless the server says that what was written is where it has to be: it also answers
    // COMMIT where it rolled back, or where an operator ended the wait for a standby.
    void commit();

private:
    class PreparedStatement;

    struct ClearResult {
        void operator()(pg_result* result) const;
    };

    using Result = std::unique_ptr<pg_result, ClearResult>;

    sql::Statement& prepared(const char* sql) override;
    Result checked(pg_result* answer, std::string_view what);
    static void note_warning(void* connection, const pg_result* notice);

    pg_conn* handle_ = nullptr;
    bool was_warned_ = false;
    std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> statements_;
    std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> inserts_;
};

}  // namespace gateway::postgres
