// Where other threads leave work for a reactor: a queue and the eventfd that wakes it. Outlives the
// reactor, so that a late reply posts into nothing instead of into freed memory. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gateway {

using Task = std::function<void()>;

class Mailbox final {
public:
    Mailbox();
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    void post(Task task);
    void wake();

    // Moves all that waits into `tasks`, which is empty before.
    void take(std::vector<Task>& tasks);
    bool empty() const;

    // From now on posts are dropped; so is what waits.
    void close();

    void clear_wake_up();

    int descriptor() const { return event_; }

    void owned_by_this_thread() { owner_ = std::this_thread::get_id(); }

    bool on_own_thread() const { return owner_.load() == std::this_thread::get_id(); }

private:
    int event_ = -1;
    std::atomic<std::thread::id> owner_ = {};
    mutable std::mutex mutex_;  // guards tasks_ and closed_
    std::vector<Task> tasks_;
    bool closed_ = false;
};

}  // namespace gateway
