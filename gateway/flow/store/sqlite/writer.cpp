#include "gateway/flow/store/sqlite/writer.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace gateway::sqlite {

namespace {

using namespace std::chrono_literals;

// The log is copied into the database after this much, or once nothing has come for a while. One
// commit at a time must not pay for a checkpoint each.
constexpr std::int64_t log_bytes_between_checkpoints = 16LL << 20U;
constexpr auto idle_before_checkpoint = 100ms;

// A log that readers keep from being reused is waited for, not left to grow.
constexpr std::int64_t log_bytes_max = 4 * log_bytes_between_checkpoints;

// Bounds the memory and the time of one transaction.
constexpr std::size_t bytes_per_commit_max = 8U << 20U;

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

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, std::shared_ptr<const KeyRing> keys,
               const WriterLimits& limits)
    : connection_(std::move(connection)),
      keys_(std::move(keys)),
      limits_(limits),
      unit_writer_(*connection_, limits.duplicates_kept),
      page_bytes_(page_size(*connection_)) {
    sqlite3_wal_hook(connection_->handle(), &Writer::note_log_pages, this);
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    stop();
}

void Writer::submit(UnitOfWork unit, Executor executor, Continuation continuation) {
    Waiting waiting{
        sql::prepare(std::move(unit), *keys_), std::move(executor), std::move(continuation), {}};
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && !broken_ && queue_.size() < limits_.waiting_max) {
            queue_.push_back(std::move(waiting));
            work_or_stop_.notify_one();
            return;
        }
        ++counters_.units;
        waiting.outcome = Unavailable{refusal_reason()};
    }
    Batch refused;
    refused.push_back(std::move(waiting));
    report(std::move(refused));
}

std::string Writer::refusal_reason() const {
    if (broken_) {
        return *broken_;
    }
    return stopping_ ? "the store is stopping" : "the store's queue is full";
}

StoreCounters Writer::counters() const {
    const std::lock_guard lock(mutex_);
    StoreCounters counters = counters_;
    counters.waiting = queue_.size();
    return counters;
}

bool Writer::accepts() const {
    const std::lock_guard lock(mutex_);
    return !stopping_ && !broken_;
}

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_or_stop_.notify_one();
    const std::lock_guard lock(stop_mutex_);
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Writer::run() {
    while (true) {
        Batch batch;
        Wake wake = Wake::idle;
        {
            std::unique_lock lock(mutex_);
            wake = wait_for_work(lock);
            batch = take_batch();
        }
        if (wake == Wake::work) {
            commit(batch);
            report(std::move(batch));
        }
        if (wants_checkpoint(wake)) {
            checkpoint();
        }
        if (wake == Wake::stop) {
            return;
        }
    }
}

Writer::Wake Writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto woken = [this] { return stopping_ || !queue_.empty(); };
    if (log_pages_ == pages_checkpointed_) {
        work_or_stop_.wait(lock, woken);
    } else {
        work_or_stop_.wait_for(lock, idle_before_checkpoint, woken);
    }
    if (!queue_.empty()) {
        return Wake::work;
    }
    return stopping_ ? Wake::stop : Wake::idle;
}

Writer::Batch Writer::take_batch() {
    Batch batch;
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.size() < limits_.units_per_commit_max &&
           (batch.empty() || bytes < bytes_per_commit_max)) {
        bytes += queue_.front().unit.bytes;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

void Writer::commit(Batch& batch) {
    // Set by this thread alone: it may look without the lock.
    if (!broken_) {
        try {
            write_transaction(batch);
        } catch (const SqliteError& error) {
            after_error(batch, error);
        }
    } else {
        for (Waiting& waiting : batch) {
            waiting.outcome = Unavailable{*broken_};
        }
    }
    const std::lock_guard lock(mutex_);
    counters_.units += batch.size();
}

void Writer::write_transaction(Batch& batch) {
    connection_->run("BEGIN IMMEDIATE");
    for (Waiting& waiting : batch) {
        waiting.outcome = unit_writer_.write(waiting.unit);
    }
    connection_->run("COMMIT");
    const std::lock_guard lock(mutex_);
    ++counters_.commits;
}

void Writer::after_error(Batch& batch, const SqliteError& error) {
    for (Waiting& waiting : batch) {
        waiting.outcome = Unavailable{error.what()};
    }
    bool broken = breaks_the_store(error.primary_code());
    try {
        if (connection_->in_transaction()) {
            connection_->run("ROLLBACK");
        }
        unit_writer_.forget();
    } catch (const SqliteError&) {
        broken = true;
    }
    if (broken) {
        break_off(error.what());
    }
}

void Writer::break_off(const char* why) {
    // A log that may not be on the disk must not be copied into the database either.
    connection_->keep_log_on_close();
    const std::lock_guard lock(mutex_);
    broken_ = fmt::format("the store stopped after an error and must be opened again: {}", why);
}

void Writer::report(Batch batch) {
    for (Waiting& waiting : batch) {
        waiting.executor([continuation = std::move(waiting.continuation),
                          outcome = std::move(waiting.outcome)] { continuation(outcome); });
    }
}

int Writer::note_log_pages(void* writer, sqlite3* /*connection*/, const char* /*database*/,
                           int pages) {
    auto& self = *static_cast<Writer*>(writer);
    if (pages < self.log_pages_) {
        self.pages_checkpointed_ = 0;  // SQLite has begun the log afresh
    }
    self.log_pages_ = pages;
    return SQLITE_OK;
}

bool Writer::wants_checkpoint(Wake wake) const {
    const std::int64_t grown = log_pages_ - pages_checkpointed_;
    const bool is_quiet = wake != Wake::work;
    return !broken_ && grown > 0 &&
           (is_quiet || grown * page_bytes_ >= log_bytes_between_checkpoints);
}

void Writer::checkpoint() {
    const bool is_overdue = log_pages_ * page_bytes_ >= log_bytes_max;
    const int result = sqlite3_wal_checkpoint_v2(
        connection_->handle(), nullptr,
        is_overdue ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (result != SQLITE_OK && breaks_the_store(result & 0xff)) {
        break_off(sqlite3_errmsg(connection_->handle()));
        return;
    }
    pages_checkpointed_ = log_pages_;
    const std::lock_guard lock(mutex_);
    ++counters_.checkpoints;
}

}  // namespace gateway::sqlite
