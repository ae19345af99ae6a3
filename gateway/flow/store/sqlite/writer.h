// The one thread and connection that write. Units wait in a queue; all that wait become one
// transaction (up to a limit), each in its own savepoint; outcomes are given once the commit is on
// disk. So the disk's fsync is shared by however many senders there are, and nobody waits for a
// timer. The same thread checkpoints the log, when idle or when it has grown: SQLite before 3.51.3
// can damage the file when two connections write and checkpoint (https://www.sqlite.org/wal.html).
// Thread-safe: one mutex guards the queue and the counters.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/flow/store/sql/unit_writer.h"
#include "gateway/flow/store/sqlite/connection.h"
#include "gateway/flow/store/store.h"

namespace gateway::sqlite {

struct WriterLimits {
    std::chrono::milliseconds duplicates_kept;
    std::size_t units_per_commit_max;
    std::size_t waiting_max;
};

class Writer final {
public:
    Writer(std::unique_ptr<Connection> connection, std::shared_ptr<const KeyRing> keys,
           const WriterLimits& limits);

    // Stops as `stop`.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    Writer(Writer&&) = delete;
    Writer& operator=(Writer&&) = delete;

    void submit(UnitOfWork unit, Executor executor, Continuation continuation);

    StoreCounters counters() const;
    bool accepts() const;

    // Commits what waits, checkpoints, takes no more.
    void stop();

private:
    struct Waiting {
        sql::PreparedUnit unit;
        Executor executor;
        Continuation continuation;
        Outcome outcome;
    };

    using Batch = std::vector<Waiting>;

    enum class Wake { work, idle, stop };

    void run();
    Wake wait_for_work(std::unique_lock<std::mutex>& lock);
    Batch take_batch();
    void commit(Batch& batch);
    void write_transaction(Batch& batch);
    void after_error(Batch& batch, const SqliteError& error);
    void report(Batch batch);
    bool wants_checkpoint(Wake wake) const;
    void checkpoint();
    void break_off(const char* why);
    std::string refusal_reason() const;
    static int note_log_pages(void* writer, sqlite3*, const char*, int pages);

    std::unique_ptr<Connection> connection_;
    std::shared_ptr<const KeyRing> keys_;
    WriterLimits limits_;
    sql::UnitWriter unit_writer_;
    std::int64_t page_bytes_;
    std::int64_t log_pages_ = 0;           // in the write-ahead log, after the last commit
    std::int64_t pages_checkpointed_ = 0;  // of them, at the last checkpoint

    mutable std::mutex mutex_;
    std::condition_variable work_or_stop_;
    std::deque<Waiting> queue_;
    StoreCounters counters_;
    bool stopping_ = false;
    std::optional<std::string> broken_;  // why no commit can be trusted any more
    std::mutex stop_mutex_;              // joins once
    std::thread thread_;
};

}  // namespace gateway::sqlite
