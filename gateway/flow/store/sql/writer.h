// The one thread that writes. Units wait in a queue; all that wait become one transaction (up to a
// limit), each in its own savepoint; outcomes are given once the commit is on disk. So the disk's
// fsync is shared by however many senders there are, and nobody waits for a timer.
// Thread-safe: one mutex guards the queue and the counters.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/loop_turn.h"
#include "gateway/flow/store/keys_in_use.h"
#include "gateway/flow/store/sql/session.h"
#include "gateway/flow/store/sql/unit_writer.h"
#include "gateway/flow/store/store.h"

namespace gateway::sql {

struct WriterLimits {
    std::chrono::milliseconds duplicates_kept;
    std::size_t units_per_commit_max;
    std::size_t waiting_max;
};

class Writer final {
public:
    Writer(std::unique_ptr<Session> session, std::shared_ptr<KeysInUse> keys,
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

    // Why the database cannot be had, or has not answered for a while.
    std::optional<std::string> away() const;

    bool is_shared() const { return session_->is_shared(); }

    // See `Session::hear`.
    void hear(std::function<void(const std::string& destination)> told);

    std::optional<std::string> outdated() const { return session_->outdated(); }

    std::optional<SteadyTime> busy_since() const { return turn_.since(); }

    // Commits what waits, takes no more.
    void stop();

private:
    struct Waiting {
        PreparedUnit unit;
        Executor executor;
        Continuation continuation;
        Outcome outcome;
    };

    using Batch = std::vector<Waiting>;

    enum class Wake { work, idle, stop };

    enum class Manner {
        hopeful,  // where the database is elsewhere: nothing is waited for before the end
        careful,  // a unit that is refused leaves nothing behind, and its neighbours in peace
    };

    void run();
    Wake wait_for_work(std::unique_lock<std::mutex>& lock);
    Batch take_batch();
    void commit(Batch& batch);
    void try_to_commit(Batch& batch, Manner manner);
    void commit_one_by_one(Batch& batch);
    void write_transaction(Batch& batch, Manner manner);
    bool write_in_hope(Connection& connection, Batch& batch);
    void after_commit(const Batch& batch);
    void announce(const Batch& batch);
    void after_error(Batch& batch, const SqlError& error);
    void report(Batch batch);
    void tend(bool is_quiet);
    void break_off(std::string_view why);
    std::string refusal_reason(const std::optional<std::string>& away) const;

    std::unique_ptr<Session> session_;
    std::shared_ptr<KeysInUse> keys_;
    WriterLimits limits_;
    UnitWriter unit_writer_;

    LatencyHistogram transaction_;
    LatencyHistogram commit_;
    LoopTurn turn_;
    mutable std::mutex mutex_;
    std::condition_variable work_or_stop_;
    std::deque<Waiting> queue_;
    StoreCounters counters_;  // without latencies
    bool stopping_ = false;
    std::optional<std::string> broken_;  // why no commit can be trusted any more
    std::mutex stop_mutex_;              // joins once
    std::thread thread_;
};

}  // namespace gateway::sql
