// SQL as the reads and writes of the store speak it, whatever the database: a connection with its
// prepared statements, and a query over one of them. Parameters are ?1, ?2 …; values are integers,
// text and bytes; a column that is NULL reads as 0 or empty. Each backend implements `Connection`
// and `Statement`. Errors are `SqlError`, which never leaves flow/store: look-ups turn it into
// `Failure`, the writer into outcomes. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"
#include "gateway/flow/store/sql/value.h"

namespace gateway::sql {

class SqlError : public std::exception {
public:
    // What is lost with the statement that failed.
    enum class Reach {
        statement,    // the rest of the transaction still stands
        transaction,  // all of it, or what carries it cannot be trusted
    };

    SqlError(Reach reach, std::string text) : reach_(reach), text_(std::move(text)) {}

    Reach reach() const { return reach_; }

    // It came late, and may be that of another unit in the same transaction.
    virtual bool may_be_of_another() const { return false; }

    // The database is there but not sound.
    virtual bool is_damage() const { return false; }

    const char* what() const noexcept override { return text_.c_str(); }

private:
    Reach reach_;
    std::string text_;
};

// A prepared statement, with at most one run under way.
class Statement {
public:
    Statement() = default;
    virtual ~Statement() = default;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement(Statement&&) = delete;
    Statement& operator=(Statement&&) = delete;

    // Begins a run. What `values` view must live until its end.
    virtual void start(Values values) = 0;

    // To the next row; false after the last.
    virtual bool step() = 0;

    // Ends the run.
    virtual void reset() = 0;

    // Once `step` has answered false.
    virtual std::int64_t rows_changed() const = 0;

    // Columns of the row, from 0; the view lives until the next step.
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view bytes(int column) const = 0;
};

class Connection {
public:
    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    // Any number of statements, not kept prepared.
    virtual void execute(const std::string& sql) = 0;

    // One statement, kept prepared under the address of its literal. Returns the rows changed.
    std::int64_t run(const char* sql, Values values = {});

    // The same where nobody needs to know what came of it before the transaction's end: a database
    // elsewhere is sent it together with what comes next. An error comes with that, too, and takes
    // the transaction with it (`Reach::transaction`).
    virtual void run_later(const char* sql, Values values = {}) { run(sql, values); }

    // The same for one that is meant to change one row: whether it did.
    virtual bool run_one(const char* sql, Values values) { return run(sql, values) == 1; }

    // Whether it answers a row; hopes as `run_one` does.
    virtual bool is_so(const char* sql, Values values);

    // The same for the INSERT of one row. Returns what its column `key`, which nobody gave a value,
    // was given; nothing where it says ON CONFLICT DO NOTHING and there was one.
    virtual std::optional<std::int64_t> insert(const char* sql, const char* key, Values values) = 0;

    // Hope: `run_one`, `is_so` and `insert` say yes before they know. A database elsewhere is then
    // sent a whole transaction at once; what was not so is heard at its end. False: this one
    // answers at once, so there is nothing to hope for.
    virtual bool begin_hoping() { return false; }

    // What is hoped for from now on belongs to this unit of the transaction.
    virtual void hope_for(std::size_t /*unit*/) {}

    // Ends it: the units of which something was not as hoped.
    virtual std::vector<std::size_t> end_hoping() { return {}; }

    // Between BEGIN and COMMIT; a database ends a transaction by itself after some errors.
    virtual bool in_transaction() const = 0;

    // False once only another connection can help.
    virtual bool is_usable() const = 0;

    // The row of a message that the unit under way has written or looked up.
    struct KnownRow {
        std::string id;
        std::int64_t row = 0;
    };

    std::optional<KnownRow> known_message;

    // The end of the audit chain, where it came with the transaction's beginning.
    struct AuditEnd {
        std::uint64_t sequence = 0;
        Sha256 hash{};
    };

    std::optional<AuditEnd> known_audit_end;

private:
    friend class Query;
    virtual Statement& prepared(const char* sql) = 0;
};

// One run of a statement that answers rows; resets it in the end. One at a time per literal.
class Query final {
public:
    Query(Connection& connection, const char* sql, Values values = {});
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query(Query&&) = delete;
    Query& operator=(Query&&) = delete;

    // To the next row; false after the last.
    bool step() { return statement_.step(); }

    // Columns of the row, from 0; the views live until the next step.
    bool is_null(int column) const { return statement_.is_null(column); }

    std::int64_t integer(int column) const { return statement_.integer(column); }

    std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }

    std::string_view text(int column) const { return statement_.bytes(column); }

    std::string_view blob(int column) const { return statement_.bytes(column); }

    std::string string(int column) const { return std::string(text(column)); }

    Instant instant(int column) const;
    Sha256 digest(int column) const;

private:
    friend class Connection;
    Statement& statement_;
};

}  // namespace gateway::sql
