// The only door to libpq. Statements run one by one, parameters and rows in binary form. Every
// connection writes durably, whatever the server's default, and gives up after a bounded time.
// Texts of other encodings, and those with NUL, pass through in an escaped form (text_escape.h).
// One thread at a time. https://www.postgresql.org/docs/15/libpq.html
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

    // The whole transaction is lost with it, whatever it is.
    static PostgresError of_all(std::string state, std::string text);

    const std::string& state() const { return state_; }

    bool is_damage() const override;

    bool may_be_of_another() const override { return is_of_another_; }

private:
    PostgresError(Reach reach, std::string state, std::string text);

    std::string state_;
    bool is_of_another_ = false;
};

// Keyword and value, as of
// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
using ConnectionParameters = std::vector<std::pair<std::string, std::string>>;

struct ConnectionLimits {
    // A server that has not answered by then (its machine hangs, the network swallows packets) is
    // given up, and the connection with it. Longer than what the server itself ends.
    std::chrono::milliseconds answer = std::chrono::seconds(12);
};

class Connection final : public sql::Connection {
public:
    // Throws `PostgresError`.
    explicit Connection(const ConnectionParameters& parameters,
                        const ConnectionLimits& limits = {});
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    void limit(const ConnectionLimits& limits) { limits_ = limits; }

    // No longer usable once `is_wanted` says no.
    void use_while(std::function<bool()> is_wanted) { is_wanted_ = std::move(is_wanted); }

    void execute(const std::string& sql) override;
    std::optional<std::int64_t> insert(const char* sql, const char* key,
                                       sql::Values values) override;
    void run_later(const char* sql, sql::Values values) override;
    bool run_one(const char* sql, sql::Values values) override;
    bool is_so(const char* sql, sql::Values values) override;
    bool begin_hoping() override;
    void hope_for(std::size_t unit) override;
    std::vector<std::size_t> end_hoping() override;
    bool in_transaction() const override;
    bool is_usable() const override;

    // Any number of statements; the first column of the last one's first row, 0 if there is none.
    std::int64_t ask_number(const std::string& sql);

    // What comes with the numbers of `number_rows`.
    struct Surroundings {
        std::int64_t version = 0;  // of the schema
        std::int64_t writers = 0;  // of the last minute, this one with them
    };

    // From now to the transaction's end rows are numbered here, beginning behind those that the
    // database has given, so that nobody waits to hear the number of a row. Only where nobody else
    // writes meanwhile.
    Surroundings number_rows();

    // What others have announced since; waits for that, or until `wake` can be read. After LISTEN.
    std::vector<std::string> await_announcements(std::chrono::milliseconds patience, int wake);

    // Throws unless the server says that what was written is where it has to be: it also answers
    // COMMIT where it rolled back, or where an operator ended the wait for a standby. Whether it
    // did is unknown where the connection is not usable afterwards, or `was_warned`.
    void commit();

    bool was_warned() const { return was_warned_; }

private:
    class PreparedStatement;

    // The numbers of a table's rows in this transaction.
    struct RowNumbers {
        std::string sequence;
        std::int64_t next = 0;
        bool is_used = false;
    };

    struct NumberedInsert {
        RowNumbers* numbers = nullptr;
        bool may_find_one = false;  // there already
        std::unique_ptr<PreparedStatement> statement;
    };

    // What was sent and not yet answered.
    struct Sent {
        std::string_view what;
        std::optional<std::size_t> hoped_by;  // the unit that it must change one row for
    };

    struct ClearResult {
        void operator()(pg_result* result) const;
    };

    using Result = std::unique_ptr<pg_result, ClearResult>;

    sql::Statement& prepared(const char* sql) override;
    Result answer_to_all(std::string_view what);
    void note_sent(int sent, std::string_view what);
    void hope();
    void finish_later();
    void write_numbers();
    NumberedInsert& numbered(const char* sql, const char* key, std::size_t values);
    PreparedStatement& statement_of(const char* sql);
    void send_later(const char* sql, sql::Values values);
    void begin_pipeline();
    std::string message_of(const pg_result* result) const;
    [[noreturn]] void fail(const pg_result* result, std::string_view what) const;
    [[noreturn]] void fail_of_all(const pg_result* failed, bool is_last, std::string_view what);

    // Waits for the last of the results. `sent`: what libpq said to the sending of it.
    Result answer_to(int sent, std::string_view what);
    Result next_result(std::chrono::steady_clock::time_point deadline, std::string_view what);
    Result checked(Result result, std::string_view what) const;
    bool await_input(std::chrono::steady_clock::time_point deadline, std::string_view what);
    [[noreturn]] void give_up(std::string_view what);
    static void note_warning(void* connection, const pg_result* notice);

    pg_conn* handle_ = nullptr;
    ConnectionLimits limits_;
    std::function<bool()> is_wanted_ = [] { return true; };
    bool was_warned_ = false;
    bool is_given_up_ = false;
    std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> statements_;
    std::unordered_map<const char*, std::unique_ptr<PreparedStatement>> inserts_;
    std::unordered_map<const char*, NumberedInsert> numbered_inserts_;
    std::vector<RowNumbers> numbers_;  // of each table
    bool numbers_rows_ = false;
    std::vector<Sent> unanswered_;                    // sent in pipeline mode
    std::vector<PreparedStatement*> newly_prepared_;  // among them
    std::optional<std::size_t> hoping_;               // for this unit
    std::vector<std::size_t> deceived_;               // units
};

}  // namespace gateway::postgres
