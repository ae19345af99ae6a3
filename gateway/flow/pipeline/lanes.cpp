#include "gateway/flow/pipeline/lanes.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "gateway/base/loop_turn.h"

namespace gateway {

// Shared with the holds, which may outlive the pool during a stop.
struct Lanes::Shared : std::enable_shared_from_this<Lanes::Shared> {
    std::mutex mutex;
    std::condition_variable ready_or_stopped;
    // A key is here while its lane is taken; its queue holds what waits behind.
    std::unordered_map<std::string, std::deque<Task>> lanes;
    std::deque<std::pair<std::string, Task>> ready;
    std::size_t waiting = 0;
    std::size_t waiting_max = 0;
    bool stopped = false;
    std::deque<LoopTurn> turns;  // one a worker; made before the workers, then left as it is
    std::vector<std::jthread> workers;

    void work(LoopTurn& turn);
    void release(const std::string& key);
    LaneHold hold(const std::string& key);
};

LaneHold Lanes::Shared::hold(const std::string& key) {
    return {nullptr, [self = shared_from_this(), key](void*) { self->release(key); }};
}

void Lanes::Shared::release(const std::string& key) {
    const std::lock_guard lock(mutex);
    const auto lane = lanes.find(key);
    if (lane == lanes.end()) {
        return;
    }
    if (lane->second.empty()) {
        lanes.erase(lane);
        return;
    }
    ready.emplace_back(key, std::move(lane->second.front()));
    lane->second.pop_front();
    ready_or_stopped.notify_one();
}

void Lanes::Shared::work(LoopTurn& turn) {
    std::unique_lock lock(mutex);
    while (true) {
        ready_or_stopped.wait(lock, [this] { return stopped || !ready.empty(); });
        if (stopped) {
            return;
        }
        auto [key, task] = std::move(ready.front());
        ready.pop_front();
        --waiting;
        lock.unlock();
        turn.begin(std::chrono::steady_clock::now());
        task(hold(key));
        task = nullptr;  // what the task holds goes before the lock is taken again
        turn.end();
        lock.lock();
    }
}

Lanes::Lanes(std::size_t workers, std::size_t waiting_max) : shared_(std::make_shared<Shared>()) {
    shared_->waiting_max = waiting_max;
    shared_->turns.resize(workers);
    for (LoopTurn& turn : shared_->turns) {
        shared_->workers.emplace_back([shared = shared_, &turn] { shared->work(turn); });
    }
}

Lanes::~Lanes() {
    stop();
}

Lanes::Posted Lanes::post(const std::string& key, Task task, Room room) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopped) {
        return Posted::stopped;
    }
    if (room == Room::counted && shared_->waiting >= shared_->waiting_max) {
        return Posted::full;
    }
    ++shared_->waiting;
    const auto [lane, is_free] = shared_->lanes.try_emplace(key);
    if (is_free) {
        shared_->ready.emplace_back(key, std::move(task));
        shared_->ready_or_stopped.notify_one();
    } else {
        lane->second.push_back(std::move(task));
    }
    return Posted::taken;
}

bool Lanes::is_full() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->waiting >= shared_->waiting_max;
}

std::size_t Lanes::waiting() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->waiting;
}

std::optional<SteadyTime> Lanes::busy_since() const {
    std::optional<SteadyTime> longest;
    for (const LoopTurn& turn : shared_->turns) {
        const auto since = turn.since();
        if (since && (!longest || *since < *longest)) {
            longest = since;
        }
    }
    return longest;
}

void Lanes::stop() {
    std::vector<std::jthread> workers;
    decltype(shared_->ready) ready;
    decltype(shared_->lanes) lanes;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->stopped = true;
        shared_->waiting = 0;
        workers.swap(shared_->workers);
        ready.swap(shared_->ready);
        lanes.swap(shared_->lanes);
    }
    shared_->ready_or_stopped.notify_all();
    // The joins; then what never started is dropped, outside the lock: it may own replies.
    workers.clear();
}

}  // namespace gateway
