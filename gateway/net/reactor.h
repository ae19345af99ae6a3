// One thread's event loop: epoll (edge-triggered), a mailbox that other threads post to, and a heap
// of monotonic timers. Everything that a reactor watches belongs to its thread.
// Thread-safe: post(), stop(), after(), cancel(), mailbox(). The rest: the reactor's thread, or any
// thread while it does not run.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "gateway/base/loop_turn.h"
#include "gateway/net/mailbox.h"
#include "gateway/net/timers.h"

namespace gateway {

// Something with a descriptor that wants to hear of its events.
class Watched {
public:
    virtual ~Watched() = default;

    // Called after every change of readiness: read and write until `again`.
    virtual void on_event() = 0;
};

using WatchId = std::uint64_t;

class Reactor final {
public:
    // What escaped from a task, timer or event: the loop goes on with the next one.
    using OnFault = std::function<void(std::string_view what)>;

    explicit Reactor(OnFault on_fault = {});
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // Makes the calling thread the reactor's, until stop().
    void run();
    void stop();

    bool running() const { return running_.load(); }

    // Since when it has been at its present turn; nothing while it waits for events. Any thread.
    std::optional<SteadyTime> busy_since() const { return present_turn_.since(); }

    // Runs `task` on the reactor's thread, in order; dropped where the reactor is gone.
    void post(Task task) { mailbox_->post(std::move(task)); }

    // Runs `task` on the reactor's thread and waits until it is done; where the reactor does not
    // run, or this is its thread, runs it here.
    void settle(const Task& task);

    // Outlives the reactor: for handles that other threads keep.
    const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

    TimerId after(std::chrono::nanoseconds delay, Task task);

    // Has no effect on a timer that fired, or that is just firing on the reactor's thread.
    void cancel(TimerId timer);

    bool on_own_thread() const { return mailbox_->on_own_thread(); }

    // Keeps `watched` alive until unwatch().
    WatchId watch(int descriptor, std::shared_ptr<Watched> watched);
    void unwatch(WatchId id, int descriptor);

private:
    void turn();
    void dispatch(WatchId id);
    void run_due_timers();
    int wait_milliseconds();
    void guarded(const Task& task);

    OnFault on_fault_;
    int epoll_ = -1;
    std::shared_ptr<Mailbox> mailbox_;
    Timers timers_;
    std::vector<Task> tasks_;
    std::unordered_map<WatchId, std::shared_ptr<Watched>> watched_;
    WatchId last_watch_ = 0;
    std::atomic<TimerId> last_timer_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> running_ = false;
    LoopTurn present_turn_;
};

// Reactors with a thread each: the I/O threads of the process. Stops and joins when destroyed.
class IoThreads final {
public:
    explicit IoThreads(std::size_t count, const Reactor::OnFault& on_fault = {});
    ~IoThreads();
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    std::vector<Reactor*> reactors() const;

    Reactor& operator[](std::size_t index) const { return *reactors_[index]; }

    void stop();

private:
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::vector<std::jthread> threads_;
};

}  // namespace gateway
