#include "gateway/flow/store/sql/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace gateway::sql {

namespace {

// Bounds the memory and the time of one transaction.
constexpr std::size_t bytes_per_commit_max = 8U << 20U;

// On a database elsewhere a transaction of this length is one that may never end: better to say no
// to what comes than to let it wait.
constexpr std::chrono::seconds stall{3};

// Destinations.
using News = std::set<std::string, std::less<>>;

// Stands for every one.
constexpr std::string_view all_of_them;

// For which destinations the unit brings something that another process would only find later.
void add_news(const UnitOfWork& unit, News& news) {
    for (const Write& write : unit.writes()) {
        if (const auto* add = std::get_if<AddDelivery>(&write)) {
            news.insert(add->delivery.destination);
        } else if (const auto* move = std::get_if<MoveDelivery>(&write)) {
            if (move->next != DeliveryState::held) {
                news.emplace(all_of_them);
            }
        } else if (const auto* set = std::get_if<SetMessageState>(&write)) {
            if (set->next == MessageState::received) {
                news.emplace(all_of_them);
            }
        }
    }
}

// A lost race, which is nothing strange where gateways share a store, has left nothing behind.
bool is_claim(const UnitOfWork& unit) {
    const auto& first = unit.writes().front();
    return unit.writes().size() == 1 &&
           (std::holds_alternative<LeaseDelivery>(first) ||
            std::holds_alternative<TakeMessage>(first) || std::holds_alternative<HoldDuty>(first));
}

bool destroys_keys(const UnitOfWork& unit) {
    return std::ranges::any_of(unit.writes(), [](const Write& write) {
        return std::holds_alternative<DestroyPayloadKeys>(write);
    });
}

// Nothing where the unit brings none.
std::shared_ptr<const KeyRing> ring_of(const UnitOfWork& unit) {
    for (const Write& write : unit.writes()) {
        if (const auto* use = std::get_if<UseKeyRing>(&write)) {
            return use->keys;
        }
    }
    return nullptr;
}

}  // namespace

Writer::Writer(std::unique_ptr<Session> session, std::shared_ptr<KeysInUse> keys,
               const WriterLimits& limits)
    : session_(std::move(session)),
      keys_(std::move(keys)),
      limits_(limits),
      unit_writer_(limits.duplicates_kept) {
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    stop();
}

void Writer::submit(UnitOfWork unit, Executor executor, Continuation continuation) {
    if (auto ring = ring_of(unit)) {
        keys_->open_with(std::move(ring));
    }
    Waiting waiting{prepare(std::move(unit), keys_->sealing()),
                    std::move(executor),
                    std::move(continuation),
                    {}};
    const auto why_not = away();
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && !broken_ && !why_not && queue_.size() < limits_.waiting_max) {
            queue_.push_back(std::move(waiting));
            work_or_stop_.notify_one();
            return;
        }
        ++counters_.units;
        waiting.outcome = Unavailable{refusal_reason(why_not)};
    }
    Batch refused;
    refused.push_back(std::move(waiting));
    report(std::move(refused));
}

std::string Writer::refusal_reason(const std::optional<std::string>& away) const {
    if (broken_) {
        return *broken_;
    }
    if (away) {
        return *away;
    }
    return stopping_ ? "the store is stopping" : "the store's queue is full";
}

StoreCounters Writer::counters() const {
    const std::lock_guard lock(mutex_);
    StoreCounters counters = counters_;
    counters.waiting = queue_.size();
    counters.transaction = transaction_.reading();
    counters.commit = commit_.reading();
    return counters;
}

bool Writer::accepts() const {
    const std::lock_guard lock(mutex_);
    return !stopping_ && !broken_;
}

std::optional<std::string> Writer::away() const {
    if (auto why = session_->away()) {
        return why;
    }
    const auto since = session_->is_shared() ? turn_.since() : std::nullopt;
    if (since && std::chrono::steady_clock::now() - *since > stall) {
        return "the database does not answer";
    }
    return std::nullopt;
}

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_or_stop_.notify_one();
    const std::lock_guard lock(stop_mutex_);
    session_->hear({});
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
        turn_.begin(std::chrono::steady_clock::now());
        if (wake == Wake::work) {
            commit(batch);
            report(std::move(batch));
        }
        tend(wake != Wake::work);
        turn_.end();
        if (wake == Wake::stop) {
            return;
        }
    }
}

Writer::Wake Writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto woken = [this] { return stopping_ || !queue_.empty(); };
    if (const auto rest = session_->rest()) {
        work_or_stop_.wait_for(lock, *rest, woken);
    } else {
        work_or_stop_.wait(lock, woken);
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
    const auto why_away = session_->away();
    // Set by this thread alone: it may look without the lock.
    if (!broken_ && !why_away) {
        try_to_commit(batch, Manner::hopeful);
    } else {
        for (Waiting& waiting : batch) {
            waiting.outcome = Unavailable{broken_ ? *broken_ : *why_away};
        }
    }
    const std::lock_guard lock(mutex_);
    counters_.units += batch.size();
}

void Writer::try_to_commit(Batch& batch, Manner manner) {
    bool is_anothers = false;
    try {
        write_transaction(batch, manner);
    } catch (const SqlError& error) {
        is_anothers = error.may_be_of_another() ||
                      (manner == Manner::hopeful && error.reach() == SqlError::Reach::statement);
        after_error(batch, error);
    }
    if (!is_anothers || broken_ || session_->away()) {
        return;
    }
    if (manner == Manner::hopeful) {
        try_to_commit(batch, Manner::careful);
    } else if (batch.size() > 1) {
        commit_one_by_one(batch);
    }
}

// One unit that always fails must not take its neighbours with it.
void Writer::commit_one_by_one(Batch& batch) {
    for (Waiting& waiting : batch) {
        Batch one;
        one.push_back(std::move(waiting));
        try_to_commit(one, Manner::careful);
        waiting = std::move(one.front());
    }
}

// Whether it could. A claim that was refused is written again, to hear why; any other unit takes
// all of them with it.
bool Writer::write_in_hope(Connection& connection, Batch& batch) {
    if (!connection.begin_hoping()) {
        return false;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        connection.hope_for(i);
        batch[i].outcome = unit_writer_.write_in_hope(connection, batch[i].unit);
    }
    for (const std::size_t deceived : connection.end_hoping()) {
        Waiting& waiting = batch[deceived];
        if (!is_claim(waiting.unit.unit)) {
            throw Deceived();
        }
        waiting.outcome = unit_writer_.write(connection, waiting.unit);
    }
    return true;
}

void Writer::write_transaction(Batch& batch, Manner manner) {
    const SteadyTime began = std::chrono::steady_clock::now();
    Connection& connection = session_->begin();
    if (session_->is_shared()) {
        unit_writer_.begin(connection);
    }
    const auto keys = keys_->sealing();
    for (Waiting& waiting : batch) {
        bring_under(waiting.unit, keys);
    }
    if (manner == Manner::careful || !write_in_hope(connection, batch)) {
        for (Waiting& waiting : batch) {
            waiting.outcome = unit_writer_.write(connection, waiting.unit);
        }
    }
    if (session_->is_shared()) {
        announce(batch);
    }
    const SteadyTime written = std::chrono::steady_clock::now();
    session_->commit();
    const SteadyTime durable = std::chrono::steady_clock::now();
    after_commit(batch);
    const std::lock_guard lock(mutex_);
    ++counters_.commits;
    transaction_.observe(durable - began);
    commit_.observe(durable - written);
}

// In the order of the batch, before anybody is told.
void Writer::after_commit(const Batch& batch) {
    for (const Waiting& waiting : batch) {
        if (!std::holds_alternative<Committed>(waiting.outcome)) {
            continue;
        }
        if (destroys_keys(waiting.unit.unit)) {
            session_->erase_traces();
        }
        if (auto ring = ring_of(waiting.unit.unit)) {
            keys_->seal_with(std::move(ring));
        }
    }
}

void Writer::announce(const Batch& batch) {
    News news;
    for (const Waiting& waiting : batch) {
        if (std::holds_alternative<Committed>(waiting.outcome)) {
            add_news(waiting.unit.unit, news);
        }
    }
    if (news.contains(all_of_them)) {
        session_->announce({});
    } else if (!news.empty()) {
        session_->announce({news.begin(), news.end()});
    }
}

void Writer::hear(std::function<void(const std::string& destination)> told) {
    session_->hear(std::move(told));
}

void Writer::after_error(Batch& batch, const SqlError& error) {
    for (Waiting& waiting : batch) {
        waiting.outcome = Unavailable{error.what()};
    }
    unit_writer_.forget();
    if (const Broken broken = session_->recover(error)) {
        break_off(*broken);
    }
}

void Writer::break_off(std::string_view why) {
    const std::lock_guard lock(mutex_);
    broken_ = fmt::format("the store stopped after an error and must be opened again: {}", why);
}

void Writer::report(Batch batch) {
    for (Waiting& waiting : batch) {
        waiting.executor([continuation = std::move(waiting.continuation),
                          outcome = std::move(waiting.outcome)] { continuation(outcome); });
    }
}

void Writer::tend(bool is_quiet) {
    if (broken_) {
        return;
    }
    const Session::Tended tended = session_->tend(is_quiet);
    if (tended.broken) {
        break_off(*tended.broken);
    }
    if (tended.checkpointed) {
        const std::lock_guard lock(mutex_);
        ++counters_.checkpoints;
    }
}

}  // namespace gateway::sql
