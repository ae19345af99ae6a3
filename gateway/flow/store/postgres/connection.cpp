#include "gateway/flow/store/postgres/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <utility>

#include "gateway/base/act.h"
#include "gateway/flow/store/postgres/parameters.h"
#include "gateway/flow/store/postgres/text_escape.h"

namespace gateway::postgres {

namespace {

using sql::SqlError;
using sql::Values;

// On every connection. Commits wait for the disk (and for a standby, where the server has a
// synchronous one) whatever the server's default. A statement, a wait for a lock and a transaction
// whose owner has stopped end in time, so that one gateway that hangs does not stop the others.
constexpr const char* session_settings =
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
    "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false); "
    "SET lock_timeout = '8s'; SET statement_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '5s'; "
    "SET default_transaction_isolation = 'read committed'; "
    "SET search_path = painbridge, pg_catalog; SET jit = off; "
    // Each statement is planned once, maybe before its tables have any rows: always for many.
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

// What a class of errors, the first two characters, takes down with it.
SqlError::Reach reach_of(std::string_view state) {
    // No answer; connection; transaction state; rollback; resources; lock not to be had; operator;
    // system; internal.
    constexpr std::array<std::string_view, 9> wide = {"",   "08", "25", "40", "53",
                                                      "55", "57", "58", "XX"};
    return std::ranges::find(wide, state.substr(0, 2)) != wide.end() ? SqlError::Reach::transaction
                                                                     : SqlError::Reach::statement;
}

// libpq ends its messages with a line end.
std::string_view without_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    return text;
}

// `?1` of the store's SQL is `$1` here; it has no other question marks.
std::string in_our_dialect(std::string sql) {
    std::ranges::replace(sql, '?', '$');
    return sql;
}

// What gives the rows their numbers. Each is the sequence of its table's key.
constexpr std::array<const char*, 8> row_sequences = {
    "data_key_id_seq", "payload_id_seq",        "message_sequence_seq",  "delivery_sequence_seq",
    "trace_id_seq",    "referral_sequence_seq", "resource_sequence_seq", "change_sequence_seq"};

// INSERT INTO table (…
std::string table_of(std::string_view insert) {
    constexpr std::string_view front = "INSERT INTO ";
    insert.remove_prefix(front.size());
    return std::string(insert.substr(0, insert.find(' ')));
}

constexpr std::string_view on_conflict = " ON CONFLICT";

// The same with the key as its last column and value.
std::string with_key(std::string sql, const char* key, std::size_t values) {
    sql.insert(sql.find(") VALUES"), fmt::format(", {}", key));
    sql.insert(sql.rfind(')', sql.rfind(on_conflict)), fmt::format(", ?{}", values + 1));
    return sql;
}

std::int64_t rows_of(pg_result* result) {
    std::int64_t rows = 0;
    for (const char* digit = PQcmdTuples(result); *digit != '\0'; ++digit) {
        rows = rows * 10 + (*digit - '0');
    }
    return rows;
}

}  // namespace

PostgresError::PostgresError(std::string state, std::string text)
    : SqlError(reach_of(state), std::move(text)), state_(std::move(state)) {
}

PostgresError::PostgresError(Reach reach, std::string state, std::string text)
    : SqlError(reach, std::move(text)), state_(std::move(state)) {
}

PostgresError PostgresError::of_all(std::string state, std::string text) {
    PostgresError error(Reach::transaction, std::move(state), std::move(text));
    error.is_of_another_ = true;
    return error;
}

bool PostgresError::is_damage() const {
    return state_ == "XX001" || state_ == "XX002";
}

class Connection::PreparedStatement final : public sql::Statement {
public:
    PreparedStatement(Connection& connection, std::string name, std::string sql)
        : connection_(connection), name_(std::move(name)), sql_(in_our_dialect(std::move(sql))) {}

    // One round trip, with all that was sent before: the rows are all here when it returns.
    void start(Values values) override {
        send(Parameters(values));
        row_ = -1;
        result_ = connection_.answer_to_all(sql_);
    }

    void send(const Parameters& parameters) {
        connection_.begin_pipeline();
        if (!is_prepared_) {
            connection_.note_sent(PQsendPrepare(connection_.handle_, name_.c_str(), sql_.c_str(),
                                                parameters.count(), parameters.types()),
                                  sql_);
            connection_.newly_prepared_.push_back(this);
            is_prepared_ = true;
        }
        const std::vector<int> formats = parameters.formats();
        connection_.note_sent(
            PQsendQueryPrepared(connection_.handle_, name_.c_str(), parameters.count(),
                                parameters.texts(), parameters.lengths(), formats.data(),
                                binary_format),
            sql_);
    }

    // It may have been prepared, or left out with all behind an error.
    void prepare_again() {
        is_prepared_ = false;
        name_ = "r" + name_;
    }

    bool step() override {
        unescaped_.clear();
        ++row_;
        return row_ < PQntuples(result_.get());
    }

    void reset() override {
        unescaped_.clear();
        result_.reset();
    }

    std::int64_t rows_changed() const override { return rows_of(result_.get()); }

    bool is_null(int column) const override {
        return PQgetisnull(result_.get(), row_, column) != 0;
    }

    // int8, int4 and bool differ in their length alone.
    std::int64_t integer(int column) const override {
        std::uint64_t number = 0;
        for (const char byte : value(column)) {
            number = (number << 8U) | static_cast<std::uint8_t>(byte);
        }
        return static_cast<std::int64_t>(number);
    }

    std::string_view bytes(int column) const override {
        const std::string_view stored = value(column);
        if (PQftype(result_.get(), column) == bytea_type || !may_be_escaped(stored)) {
            return stored;
        }
        return unescaped_.emplace_back(unescape_text(stored));
    }

private:
    std::string_view value(int column) const {
        return {PQgetvalue(result_.get(), row_, column),
                static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
    }

    Connection& connection_;
    std::string name_;
    std::string sql_;
    bool is_prepared_ = false;
    Result result_;
    int row_ = -1;
    mutable std::deque<std::string> unescaped_;  // of this row
};

void Connection::ClearResult::operator()(pg_result* result) const {
    PQclear(result);
}

Connection::Connection(const ConnectionParameters& parameters, const ConnectionLimits& limits)
    : limits_(limits) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    handle_ = PQconnectdbParams(names.data(), values.data(), 0);
    if (handle_ == nullptr || PQstatus(handle_) != CONNECTION_OK) {
        const std::string text =
            fmt::format("PostgreSQL: {}", without_end(PQerrorMessage(handle_)));
        PQfinish(handle_);
        throw PostgresError("", text);
    }
    // What is sent waits for room no longer than for the answer.
    PQsetnonblocking(handle_, 1);
    PQsetNoticeReceiver(handle_, &Connection::note_warning, this);
    try {
        execute(session_settings);
    } catch (const PostgresError&) {
        PQfinish(handle_);
        throw;
    }
}

Connection::~Connection() {
    statements_.clear();
    inserts_.clear();
    numbered_inserts_.clear();
    PQfinish(handle_);
}

void Connection::note_warning(void* connection, const pg_result* notice) {
    const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING") {
        static_cast<Connection*>(connection)->was_warned_ = true;
    }
}

// https://www.postgresql.org/docs/15/libpq-async.html
Connection::Result Connection::answer_to(int sent, std::string_view what) {
    const auto deadline = std::chrono::steady_clock::now() + limits_.answer;
    if (sent == 0) {
        return checked(nullptr, what);
    }
    Result last;
    while (Result next = next_result(deadline, what)) {
        last = std::move(next);
    }
    return checked(std::move(last), what);
}

Connection::Result Connection::next_result(std::chrono::steady_clock::time_point deadline,
                                           std::string_view what) {
    while (PQflush(handle_) == 1 || PQisBusy(handle_) == 1) {
        if (!await_input(deadline, what)) {
            break;  // what libpq makes of it is the result
        }
    }
    return Result(PQgetResult(handle_));
}

// False once the server has closed the connection.
bool Connection::await_input(std::chrono::steady_clock::time_point deadline,
                             std::string_view what) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds::zero()) {
        give_up(what);
    }
    const bool has_more_to_send = PQflush(handle_) == 1;
    pollfd socket{PQsocket(handle_),
                  static_cast<short>(has_more_to_send ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(left.count()));
    if (ready == 0 || (ready < 0 && errno != EINTR)) {
        give_up(what);
    }
    return ready < 0 || PQconsumeInput(handle_) == 1;
}

void Connection::give_up(std::string_view what) {
    is_given_up_ = true;
    throw PostgresError("",
                        fmt::format("PostgreSQL: no answer within {} s: {}",
                                    std::chrono::duration<double>(limits_.answer).count(), what));
}

Connection::Result Connection::checked(Result result, std::string_view what) const {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail(result.get(), what);
    }
    return result;
}

// The primary message names tables and constraints, the detail, left out, would name values.
std::string Connection::message_of(const pg_result* result) const {
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return std::string(without_end(message == nullptr ? PQerrorMessage(handle_) : message));
}

void Connection::fail(const pg_result* result, std::string_view what) const {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    throw PostgresError(state == nullptr ? "" : state,
                        fmt::format("PostgreSQL: {} ({}): {}", message_of(result),
                                    state == nullptr ? "no answer" : state, what));
}

void Connection::execute(const std::string& sql) {
    finish_later();
    answer_to(PQsendQuery(handle_, sql.c_str()), "execute");
}

std::int64_t Connection::ask_number(const std::string& sql) {
    finish_later();
    const Result result = answer_to(PQsendQuery(handle_, sql.c_str()), "execute");
    if (PQntuples(result.get()) == 0) {
        return 0;
    }
    std::int64_t number = 0;
    const std::string_view text = PQgetvalue(result.get(), 0, 0);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void Connection::run_later(const char* sql, Values values) {
    send_later(sql, values);
}

bool Connection::run_one(const char* sql, Values values) {
    if (!hoping_) {
        return run(sql, values) == 1;
    }
    send_later(sql, values);
    hope();
    return true;
}

bool Connection::is_so(const char* sql, Values values) {
    return hoping_ ? run_one(sql, values) : sql::Connection::is_so(sql, values);
}

bool Connection::begin_hoping() {
    deceived_.clear();
    hoping_ = 0;
    return true;
}

void Connection::hope_for(std::size_t unit) {
    if (hoping_) {
        hoping_ = unit;
    }
}

std::vector<std::size_t> Connection::end_hoping() {
    hoping_.reset();
    finish_later();
    return std::exchange(deceived_, {});
}

// That what was sent last changes one row.
void Connection::hope() {
    unanswered_.back().hoped_by = hoping_;
}

// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
void Connection::begin_pipeline() {
    if (unanswered_.empty()) {
        newly_prepared_.clear();
        PQenterPipelineMode(handle_);
    }
}

void Connection::note_sent(int sent, std::string_view what) {
    if (sent == 0) {
        fail(nullptr, what);
    }
    unanswered_.push_back({what, std::nullopt});
}

// A statement that fails makes the server leave out all behind it, up to the end of the pipeline.
Connection::Result Connection::answer_to_all(std::string_view what) {
    const auto deadline = std::chrono::steady_clock::now() + limits_.answer;
    const std::vector<Sent> sent = std::exchange(unanswered_, {});
    if (PQpipelineSync(handle_) == 0) {
        fail(nullptr, what);
    }
    Result last;
    Result failed;
    std::size_t good = 0;
    for (const Sent& each : sent) {
        last = next_result(deadline, what);
        // Not `is_usable`: an answer that came from a server that is to be left holds as well.
        if (!last || PQstatus(handle_) != CONNECTION_OK) {
            is_given_up_ = true;
            fail(last.get(), what);
        }
        const ExecStatusType status = PQresultStatus(last.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            ++good;
            if (each.hoped_by && rows_of(last.get()) != 1) {
                deceived_.push_back(*each.hoped_by);
            }
        } else if (!failed) {
            failed = std::move(last);
        }
        next_result(deadline, what);  // the end of its rows
    }
    next_result(deadline, what);  // the end of the pipeline
    PQexitPipelineMode(handle_);
    if (failed) {
        fail_of_all(failed.get(), good + 1 == sent.size(), sent[good].what);
    }
    return last;
}

// Where it was not the last statement, what the failed one was part of may be thought done by now:
// the transaction is lost with it.
void Connection::fail_of_all(const pg_result* failed, bool is_last, std::string_view what) {
    for (PreparedStatement* statement : newly_prepared_) {
        statement->prepare_again();
    }
    if (is_last) {
        fail(failed, what);
    }
    const char* state = PQresultErrorField(failed, PG_DIAG_SQLSTATE);
    throw PostgresError::of_all(state == nullptr ? "" : state,
                                fmt::format("PostgreSQL: {} ({}): {}", message_of(failed),
                                            state == nullptr ? "no answer" : state, what));
}

void Connection::finish_later() {
    if (!unanswered_.empty()) {
        answer_to_all("what was sent before");
    }
}

// https://www.postgresql.org/docs/15/libpq-notify.html
std::vector<std::string> Connection::await_announcements(std::chrono::milliseconds patience,
                                                         int wake) {
    std::array<pollfd, 2> both{{{PQsocket(handle_), POLLIN, 0}, {wake, POLLIN, 0}}};
    ::poll(both.data(), both.size(), static_cast<int>(patience.count()));
    if (PQconsumeInput(handle_) == 0) {
        fail(nullptr, "LISTEN");
    }
    std::vector<std::string> announced;
    while (PGnotify* each = PQnotifies(handle_)) {
        announced.emplace_back(each->extra);
        PQfreemem(each);
    }
    return announced;
}

Connection::Surroundings Connection::number_rows() {
    static const std::string sql = [] {
        std::string text =
            "SELECT (SELECT max(version) FROM schema_version), "
            "(SELECT count(*) FROM writer WHERE seen > now() - interval '1 minute'), "
            "(SELECT sequence FROM audit ORDER BY sequence DESC LIMIT 1), "
            "(SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1)";
        for (const char* sequence : row_sequences) {
            text += fmt::format(", (SELECT last_value + is_called::int FROM {})", sequence);
        }
        return text;
    }();
    sql::Query row(*this, sql.c_str());
    row.step();
    numbers_.resize(row_sequences.size());
    for (std::size_t i = 0; i < row_sequences.size(); ++i) {
        numbers_[i] = {row_sequences.at(i), row.integer(static_cast<int>(i) + 4), false};
    }
    numbers_rows_ = true;
    known_audit_end = AuditEnd{row.number(2), row.is_null(2) ? Sha256{} : row.digest(3)};
    hoping_.reset();
    return {row.integer(0), row.integer(1)};
}

// In the same transaction as the rows: where these do not reach the database, neither do they.
void Connection::write_numbers() {
    for (const RowNumbers& numbers : numbers_) {
        if (numbers_rows_ && numbers.is_used) {
            run_later("SELECT setval(?1::text::regclass, ?2)",
                      {numbers.sequence, numbers.next - 1});
        }
    }
    numbers_rows_ = false;
}

Connection::NumberedInsert& Connection::numbered(const char* sql, const char* key,
                                                 std::size_t values) {
    NumberedInsert& insert = numbered_inserts_[sql];
    if (!insert.statement) {
        const std::string sequence = fmt::format("{}_{}_seq", table_of(sql), key);
        insert.numbers = &*std::ranges::find(numbers_, sequence, &RowNumbers::sequence);
        insert.may_find_one = std::string_view(sql).find(on_conflict) != std::string_view::npos;
        insert.statement = std::make_unique<PreparedStatement>(
            *this, fmt::format("n{}", numbered_inserts_.size()), with_key(sql, key, values));
    }
    return insert;
}

std::optional<std::int64_t> Connection::insert(const char* sql, const char* key, Values values) {
    if (numbers_rows_) {
        const NumberedInsert& insert = numbered(sql, key, values.size());
        Parameters parameters(values);
        parameters.add_number(insert.numbers->next);
        insert.statement->send(parameters);
        if (insert.may_find_one && hoping_) {
            hope();
        } else if (insert.may_find_one && rows_of(answer_to_all(sql).get()) != 1) {
            return std::nullopt;
        }
        insert.numbers->is_used = true;
        return insert.numbers->next++;
    }
    auto& statement = inserts_[sql];
    if (!statement) {
        statement = std::make_unique<PreparedStatement>(*this, fmt::format("i{}", inserts_.size()),
                                                        fmt::format("{} RETURNING {}", sql, key));
    }
    statement->start(values);
    const auto number = statement->step() ? std::optional(statement->integer(0)) : std::nullopt;
    statement->reset();
    return number;
}

bool Connection::in_transaction() const {
    const PGTransactionStatusType status = PQtransactionStatus(handle_);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || !unanswered_.empty();
}

bool Connection::is_usable() const {
    return !is_given_up_ && PQstatus(handle_) == CONNECTION_OK && is_wanted_();
}

// In one round trip with all that is still unanswered.
void Connection::commit() {
    const Act act(ActSite::postgres_commit);
    was_warned_ = false;
    write_numbers();
    send_later("COMMIT", {});
    const Result result = answer_to_all("COMMIT");
    if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
        throw PostgresError("40000", "PostgreSQL: the transaction was rolled back");
    }
    if (was_warned_) {
        throw PostgresError("57014",
                            "PostgreSQL: a warning came with COMMIT: it may not have reached the "
                            "standby");
    }
}

Connection::PreparedStatement& Connection::statement_of(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement) {
        // A word alone is its own name, for whoever reads what goes over the wire.
        const std::string text = sql;
        statement = std::make_unique<PreparedStatement>(
            *this,
            text.find(' ') == std::string::npos ? text : fmt::format("s{}", statements_.size()),
            text);
    }
    return *statement;
}

sql::Statement& Connection::prepared(const char* sql) {
    return statement_of(sql);
}

void Connection::send_later(const char* sql, Values values) {
    statement_of(sql).send(Parameters(values));
}

}  // namespace gateway::postgres
