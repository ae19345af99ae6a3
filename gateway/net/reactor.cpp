#include "gateway/net/reactor.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <string>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

namespace {

constexpr WatchId mailbox_watch = 0;

[[noreturn]] void throw_system_failure(std::string_view doing) {
    const int error = errno;
    throw Failure(Category::unavailable, "out of resources",
                  std::string("cannot ") + std::string(doing) + ": " +
                      std::generic_category().message(error));
}

void add_to_epoll(int epoll, int descriptor, std::uint32_t events, WatchId id) {
    epoll_event event = {};
    event.events = events;
    event.data.u64 = id;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        throw_system_failure("watch a descriptor");
    }
}

}  // namespace

Reactor::Reactor(OnFault on_fault)
    : on_fault_(std::move(on_fault)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      mailbox_(std::make_shared<Mailbox>()) {
    if (epoll_ < 0) {
        throw_system_failure("make an epoll descriptor");
    }
    add_to_epoll(epoll_, mailbox_->descriptor(), EPOLLIN, mailbox_watch);
}

Reactor::~Reactor() {
    mailbox_->close();
    watched_.clear();
    ::close(epoll_);
}

void Reactor::run() {
    mailbox_->owned_by_this_thread();
    running_ = true;
    while (!stopping_.load()) {
        turn();
    }
    running_ = false;
}

void Reactor::stop() {
    stopping_ = true;
    mailbox_->wake();
}

void Reactor::turn() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): epoll_wait fills what is read
    std::array<epoll_event, 128> events;
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_milliseconds());
    present_turn_.begin(std::chrono::steady_clock::now());
    for (int i = 0; i < count; ++i) {
        const WatchId id = events[static_cast<std::size_t>(i)].data.u64;
        if (id == mailbox_watch) {
            mailbox_->clear_wake_up();
        } else {
            dispatch(id);
        }
    }
    mailbox_->take(tasks_);
    for (const Task& task : tasks_) {
        guarded(task);
    }
    tasks_.clear();
    run_due_timers();
    present_turn_.end();
}

// Nothing that escapes from one connection may end the thread that serves all the others.
void Reactor::guarded(const Task& task) {
    try {
        task();
    } catch (const std::exception& fault) {
        if (on_fault_) {
            on_fault_(fault.what());
        }
    }
}

void Reactor::dispatch(WatchId id) {
    const auto found = watched_.find(id);
    if (found == watched_.end()) {
        return;  // unwatched by an earlier event of this turn
    }
    const std::shared_ptr<Watched> watched = found->second;
    guarded([&watched] { watched->on_event(); });
}

void Reactor::run_due_timers() {
    const SteadyTime now = std::chrono::steady_clock::now();
    while (const auto task = timers_.take_due(now)) {
        guarded(*task);
    }
}

int Reactor::wait_milliseconds() {
    if (!mailbox_->empty()) {
        return 0;
    }
    const auto due = timers_.next_due();
    if (!due) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*due - std::chrono::steady_clock::now());
    constexpr long longest = 60'000;
    return static_cast<int>(std::clamp(static_cast<long>(left.count()), 0L, longest));
}

void Reactor::settle(const Task& task) {
    if (on_own_thread() || !running()) {
        task();
        return;
    }

    struct Settling {
        explicit Settling(const Task& task) : job(task) {}

        std::packaged_task<void()> job;
        std::atomic<bool> taken = false;
    };

    const auto settling = std::make_shared<Settling>(task);
    const auto done = settling->job.get_future();
    const auto run_once = [settling] {
        if (!settling->taken.exchange(true)) {
            settling->job();
        }
    };
    post(run_once);
    using namespace std::chrono_literals;
    while (done.wait_for(20ms) != std::future_status::ready) {
        // Stopped between our look and our post: then nobody else runs the task.
        if (!running()) {
            run_once();
        }
    }
}

TimerId Reactor::after(std::chrono::nanoseconds delay, Task task) {
    const TimerId id = ++last_timer_;
    // A delay as good as for ever must not wrap round into the past.
    const SteadyTime now = std::chrono::steady_clock::now();
    const SteadyTime due = delay < SteadyTime::max() - now ? now + delay : SteadyTime::max();
    if (on_own_thread()) {
        timers_.add(id, due, std::move(task));
    } else {
        post([this, id, due, task = std::move(task)] { timers_.add(id, due, task); });
    }
    return id;
}

void Reactor::cancel(TimerId timer) {
    if (on_own_thread()) {
        timers_.cancel(timer);
    } else {
        post([this, timer] { timers_.cancel(timer); });
    }
}

WatchId Reactor::watch(int descriptor, std::shared_ptr<Watched> watched) {
    const WatchId id = ++last_watch_;
    add_to_epoll(epoll_, descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, id);
    watched_.emplace(id, std::move(watched));
    return id;
}

void Reactor::unwatch(WatchId id, int descriptor) {
    if (watched_.erase(id) == 0) {
        return;
    }
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

IoThreads::IoThreads(std::size_t count, const Reactor::OnFault& on_fault) {
    for (std::size_t i = 0; i < count; ++i) {
        reactors_.push_back(std::make_unique<Reactor>(on_fault));
        threads_.emplace_back([reactor = reactors_.back().get()] { reactor->run(); });
    }
    // settle() may rely on it from here on.
    for (const auto& reactor : reactors_) {
        while (!reactor->running()) {
            std::this_thread::yield();
        }
    }
}

IoThreads::~IoThreads() {
    stop();
}

std::vector<Reactor*> IoThreads::reactors() const {
    std::vector<Reactor*> all;
    for (const auto& reactor : reactors_) {
        all.push_back(reactor.get());
    }
    return all;
}

void IoThreads::stop() {
    for (const auto& reactor : reactors_) {
        reactor->stop();
    }
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

}  // namespace gateway
