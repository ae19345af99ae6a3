#include "gateway/flow/store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "gateway/base/act.h"

namespace gateway::sqlite {

namespace {

using sql::Blob;
using sql::SqlError;
using sql::Value;

// SQLite takes lengths as int in the classic calls; ours are below its own limit of 1 GB.
int length_of(std::string_view bytes) {
    return static_cast<int>(bytes.size());
}

// After these the transaction, or the file below it, cannot be trusted.
SqlError::Reach reach_of(int code) {
    constexpr std::array fatal = {SQLITE_FULL,   SQLITE_IOERR,    SQLITE_CORRUPT,
                                  SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY,
                                  SQLITE_BUSY,   SQLITE_PROTOCOL};
    return std::find(fatal.begin(), fatal.end(), code & 0xff) != fatal.end()
               ? SqlError::Reach::transaction
               : SqlError::Reach::statement;
}

int bind(sqlite3_stmt* statement, int position, const Value& value) {
    const Value::Content& content = value.content();
    if (const auto* number = std::get_if<std::int64_t>(&content)) {
        return sqlite3_bind_int64(statement, position, *number);
    }
    if (const auto* text = std::get_if<std::string_view>(&content)) {
        // A null pointer would bind NULL.
        return sqlite3_bind_text(statement, position, text->empty() ? "" : text->data(),
                                 length_of(*text), SQLITE_STATIC);
    }
    if (const auto* blob = std::get_if<Blob>(&content)) {
        return blob->bytes.empty() ? sqlite3_bind_zeroblob(statement, position, 0)
                                   : sqlite3_bind_blob(statement, position, blob->bytes.data(),
                                                       length_of(blob->bytes), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, position);
}

// The last to close copies the log into the database.
void close_handle(sqlite3* handle) {
    const Act act(ActSite::store_close);
    sqlite3_close(handle);
}

}  // namespace

SqliteError::SqliteError(int code, std::string text)
    : SqlError(reach_of(code), std::move(text)), code_(code) {
}

bool SqliteError::is_damage() const {
    return primary_code() == SQLITE_CORRUPT || primary_code() == SQLITE_NOTADB;
}

class Connection::PreparedStatement final : public sql::Statement {
public:
    PreparedStatement(const Connection& connection, const char* sql) : connection_(connection) {
        if (sqlite3_prepare_v3(connection.handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                               nullptr) != SQLITE_OK) {
            connection.fail(sql);
        }
    }

    ~PreparedStatement() override { sqlite3_finalize(statement_); }

    PreparedStatement(const PreparedStatement&) = delete;
    PreparedStatement& operator=(const PreparedStatement&) = delete;
    PreparedStatement(PreparedStatement&&) = delete;
    PreparedStatement& operator=(PreparedStatement&&) = delete;

    // Bound as views: the bytes live as long as the query, whose values they are.
    void start(Values values) override {
        int position = 0;
        for (const Value& value : values) {
            const int result = bind(statement_, ++position, value);
            if (result != SQLITE_OK) {
                throw SqliteError(result, fmt::format("SQLite: bind: {}", sqlite3_errstr(result)));
            }
        }
    }

    bool step() override {
        const int result = sqlite3_step(statement_);
        if (result == SQLITE_ROW) {
            return true;
        }
        if (result != SQLITE_DONE) {
            connection_.fail(sqlite3_sql(statement_));
        }
        return false;
    }

    void reset() override { sqlite3_reset(statement_); }

    std::int64_t rows_changed() const override { return sqlite3_changes64(connection_.handle_); }

    bool is_null(int column) const override {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

    std::int64_t integer(int column) const override {
        return sqlite3_column_int64(statement_, column);
    }

    std::string_view bytes(int column) const override {
        // For text, SQLite's blob is its UTF-8 bytes: no terminator needed.
        const void* bytes = sqlite3_column_blob(statement_, column);
        const int size = sqlite3_column_bytes(statement_, column);
        return bytes == nullptr ? std::string_view()
                                : std::string_view(static_cast<const char*>(bytes),
                                                   static_cast<std::size_t>(size));
    }

private:
    const Connection& connection_;
    sqlite3_stmt* statement_ = nullptr;
};

Connection::Connection(const std::string& path, Access access, const std::string& vfs) {
    const int mode = access == Access::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                  : SQLITE_OPEN_READONLY;
    const int result = sqlite3_open_v2(path.c_str(), &handle_, mode | SQLITE_OPEN_NOMUTEX,
                                       vfs.empty() ? nullptr : vfs.c_str());
    if (result != SQLITE_OK) {
        const int code = handle_ == nullptr ? result : sqlite3_extended_errcode(handle_);
        const std::string text =
            fmt::format("SQLite: cannot open ({}): {}", code, sqlite3_errstr(code));
        close_handle(handle_);
        throw SqliteError(code, text);
    }
    sqlite3_extended_result_codes(handle_, 1);
    wait_for_locks(usual_wait_ms);
}

Connection::~Connection() {
    statements_.clear();
    close_handle(handle_);
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail("execute");
    }
}

std::optional<std::int64_t> Connection::insert(const char* sql, const char* /*key*/,
                                               Values values) {
    return run_one(sql, values) ? std::optional(sqlite3_last_insert_rowid(handle_)) : std::nullopt;
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::wait_for_locks(int milliseconds) {
    sqlite3_busy_timeout(handle_, milliseconds);
}

void Connection::keep_log_on_close() {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

sql::Statement& Connection::prepared(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement) {
        statement = std::make_unique<PreparedStatement>(*this, sql);
    }
    return *statement;
}

void Connection::fail(const char* what) const {
    // SQLite's message names tables and columns, never values.
    const int code = sqlite3_extended_errcode(handle_);
    throw SqliteError(code,
                      fmt::format("SQLite: {} ({}): {}", sqlite3_errmsg(handle_), code, what));
}

}  // namespace gateway::sqlite
