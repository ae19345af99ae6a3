// The only door to SQLite's C interface: a connection with its prepared statements, and a query
// over one of them. Errors are `SqliteError`, which never leaves this folder: look-ups turn it into
// `Failure`, the writer into outcomes. One thread at a time.
// https://www.sqlite.org/c3ref/intro.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "gateway/base/clock.h"
#include "gateway/base/digest.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gateway::sqlite {

class SqliteError final : public std::exception {
public:
    // `code` is SQLite's extended result code.
    SqliteError(int code, std::string text) : code_(code), text_(std::move(text)) {}

    int code() const { return code_; }

    // The result code without its extension.
    int primary_code() const { return code_ & 0xff; }

    // The file is there but is no sound database.
    bool is_damage() const;

    const char* what() const noexcept override { return text_.c_str(); }

private:
    int code_;
    std::string text_;
};

// A value to bind. Views: what it was made from must outlive the query.
class Value final {
public:
    // NOLINTBEGIN(google-explicit-constructor): a query's values are written as they are
    Value(std::nullptr_t) : content_(nullptr) {}

    Value(std::int64_t number) : content_(number) {}

    Value(std::uint64_t number) : content_(static_cast<std::int64_t>(number)) {}

    Value(std::string_view text) : content_(text) {}

    Value(const std::string& text) : content_(std::string_view{text}) {}

    Value(const char* text) : content_(std::string_view{text}) {}

    Value(Instant at) : content_(std::int64_t{at.time_since_epoch().count()}) {}

    Value(const Sha256& digest);
    // NOLINTEND(google-explicit-constructor)
    Value(std::string&& gone_too_soon) = delete;

    static Value blob(std::string_view bytes);

    void bind(sqlite3_stmt* statement, int position) const;

private:
    struct Blob {
        std::string_view bytes;
    };

    explicit Value(Blob blob) : content_(blob) {}

    std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob> content_;
};

using Values = std::initializer_list<Value>;

enum class Access { read_write, read_only };

class Connection final {
public:
    Connection(const std::string& path, Access access, const std::string& vfs);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    // Any number of statements, not kept prepared: pragmas and migrations.
    void execute(const std::string& sql);

    // One statement, kept prepared under the address of its literal. Returns the rows changed.
    std::int64_t run(const char* sql, Values values = {});

    std::int64_t last_row() const;

    // Between BEGIN and COMMIT; SQLite ends a transaction by itself after some errors.
    bool in_transaction() const;

    // Leave the log as it is when this connection closes.
    void keep_log_on_close();

    sqlite3* handle() const { return handle_; }

private:
    friend class Query;
    sqlite3_stmt* prepared(const char* sql);
    [[noreturn]] void fail(const char* what) const;

    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
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
    bool step();

    // Columns of the row, from 0; the views live until the next step.
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    std::uint64_t number(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;

    std::string string(int column) const { return std::string(text(column)); }

    Instant instant(int column) const;
    Sha256 digest(int column) const;

private:
    Connection& connection_;
    sqlite3_stmt* statement_;
};

}  // namespace gateway::sqlite
