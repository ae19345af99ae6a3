#include "gateway/net/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "gateway/base/failure.h"

namespace gateway {

Mailbox::Mailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (event_ < 0) {
        throw Failure(Category::unavailable, "out of resources",
                      std::string("cannot make an eventfd: ") +
                          std::generic_category().message(errno) +
                          "; raise the limit of open files (ulimit -n)");
    }
}

Mailbox::~Mailbox() {
    ::close(event_);
}

void Mailbox::post(Task task) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return;
        }
        was_empty = tasks_.empty();
        tasks_.push_back(std::move(task));
    }
    // The owner looks into the box before it sleeps; others wake it, once for many posts.
    if (was_empty && !on_own_thread()) {
        wake();
    }
}

void Mailbox::wake() {
    const std::uint64_t one = 1;
    // Fails only where the counter is full, and then the owner is awake anyway.
    [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
}

void Mailbox::take(std::vector<Task>& tasks) {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
}

bool Mailbox::empty() const {
    const std::lock_guard lock(mutex_);
    return tasks_.empty();
}

void Mailbox::close() {
    // Destroyed after the lock is free: what a task holds may post in its destructor.
    std::vector<Task> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(tasks_);
}

void Mailbox::clear_wake_up() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto bytes = ::read(event_, &count, sizeof count);
}

}  // namespace gateway
