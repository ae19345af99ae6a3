// The bounded pool of workers: tasks of one order key run one at a time, in the order they came;
// different keys run side by side. A lane stays taken until its `LaneHold` is dropped, which may be
// after the task has returned (when the commit is durable), so that message 2 of a patient never
// overtakes message 1. Thread-safe: one mutex guards the queues.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/clock.h"

namespace gateway {

// Keeps a lane taken; the last copy gone frees it. May be dropped on any thread.
using LaneHold = std::shared_ptr<void>;

class Lanes final {
public:
    using Task = std::function<void(LaneHold)>;

    // `waiting_max` bounds the tasks that have not started.
    Lanes(std::size_t workers, std::size_t waiting_max);

    // Stops as `stop`.
    ~Lanes();

    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;
    Lanes(Lanes&&) = delete;
    Lanes& operator=(Lanes&&) = delete;

    enum class Posted { taken, full, stopped };

    // Whether the task is new work, which may be too much, or goes on with what was taken.
    enum class Room { counted, always };

    // A task must not throw: its caller's boundary is inside it.
    Posted post(const std::string& key, Task task, Room room = Room::counted);

    // Whether new work would be too much.
    bool is_full() const;

    // Tasks that have not started.
    std::size_t waiting() const;

    // Since when the worker that has been busy the longest has been at its task.
    std::optional<SteadyTime> busy_since() const;

    // Waits for the running tasks and drops those that have not started; then takes no more.
    void stop();

private:
    struct Shared;

    std::shared_ptr<Shared> shared_;
};

}  // namespace gateway
