#include "gateway/flow/store/sqlite/connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>

namespace gateway::sqlite {

namespace {

// Only a checkpoint that waits for readers, and a second process reading, ever meet a lock.
constexpr int busy_timeout_ms = 5000;

// SQLite takes lengths as int in the classic calls; ours are below its own limit of 1 GB.
int length_of(std::string_view bytes) {
    return static_cast<int>(bytes.size());
}

}  // namespace

bool SqliteError::is_damage() const {
    return primary_code() == SQLITE_CORRUPT || primary_code() == SQLITE_NOTADB;
}

Value::Value(const Sha256& digest)
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): both are bytes
    : content_(Blob{{reinterpret_cast<const char*>(digest.data()), digest.size()}}) {
}

Value Value::blob(std::string_view bytes) {
    return Value(Blob{bytes});
}

void Value::bind(sqlite3_stmt* statement, int position) const {
    int result = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&content_)) {
        result = sqlite3_bind_int64(statement, position, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&content_)) {
        // A null pointer would bind NULL.
        result = sqlite3_bind_text(statement, position, text->empty() ? "" : text->data(),
                                   length_of(*text), SQLITE_STATIC);
    } else if (const auto* blob = std::get_if<Blob>(&content_)) {
        result = blob->bytes.empty() ? sqlite3_bind_zeroblob(statement, position, 0)
                                     : sqlite3_bind_blob(statement, position, blob->bytes.data(),
                                                         length_of(blob->bytes), SQLITE_STATIC);
    } else {
        result = sqlite3_bind_null(statement, position);
    }
    if (result != SQLITE_OK) {
        throw SqliteError(result, fmt::format("SQLite: bind: {}", sqlite3_errstr(result)));
    }
}

Connection::Connection(const std::string& path, Access access, const std::string& vfs) {
    const int mode = access == Access::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                  : SQLITE_OPEN_READONLY;
    const int result = sqlite3_open_v2(path.c_str(), &handle_, mode | SQLITE_OPEN_NOMUTEX,
                                       vfs.empty() ? nullptr : vfs.c_str());
    if (result != SQLITE_OK) {
        const int code = handle_ == nullptr ? result : sqlite3_extended_errcode(handle_);
        const std::string text =
            fmt::format("SQLite: cannot open ({}): {}", code, sqlite3_errstr(code));
        sqlite3_close(handle_);
        throw SqliteError(code, text);
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
}

Connection::~Connection() {
    for (const auto& [sql, statement] : statements_) {
        sqlite3_finalize(statement);
    }
    sqlite3_close(handle_);
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail("execute");
    }
}

std::int64_t Connection::run(const char* sql, Values values) {
    Query query(*this, sql, values);
    query.step();
    return sqlite3_changes64(handle_);
}

std::int64_t Connection::last_row() const {
    return sqlite3_last_insert_rowid(handle_);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::keep_log_on_close() {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

sqlite3_stmt* Connection::prepared(const char* sql) {
    sqlite3_stmt*& statement = statements_[sql];
    if (statement == nullptr && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                                   &statement, nullptr) != SQLITE_OK) {
        fail(sql);
    }
    return statement;
}

void Connection::fail(const char* what) const {
    // SQLite's message names tables and columns, never values.
    const int code = sqlite3_extended_errcode(handle_);
    throw SqliteError(code,
                      fmt::format("SQLite: {} ({}): {}", sqlite3_errmsg(handle_), code, what));
}

Query::Query(Connection& connection, const char* sql, Values values)
    : connection_(connection), statement_(connection.prepared(sql)) {
    int position = 0;
    for (const Value& value : values) {
        value.bind(statement_, ++position);
    }
}

Query::~Query() {
    sqlite3_reset(statement_);
}

bool Query::step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result != SQLITE_DONE) {
        connection_.fail(sqlite3_sql(statement_));
    }
    return false;
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::uint64_t Query::number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
}

std::string_view Query::text(int column) const {
    return blob(column);
}

std::string_view Query::blob(int column) const {
    // For text, SQLite's blob is its UTF-8 bytes: no terminator needed.
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr
               ? std::string_view()
               : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Instant Query::instant(int column) const {
    return Instant(std::chrono::microseconds(integer(column)));
}

Sha256 Query::digest(int column) const {
    const std::string_view bytes = blob(column);
    Sha256 digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

}  // namespace gateway::sqlite
