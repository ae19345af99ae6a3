// Whether this process lives and whether it would take a message now: what the probes of a
// supervisor and of a load balancer are told. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/issue.h"
#include "gateway/flow/store/disk_room.h"
#include "gateway/flow/store/store.h"

namespace gateway {

// A thread, or a pool of them, that must not stand still.
struct WatchedLoop {
    std::string name;
    // Since when it has been at its present turn; nothing while it waits for work.
    std::function<std::optional<SteadyTime>()> busy_since;
    // Longer than any honest turn: a checkpoint of 64 MiB on a slow disk.
    std::chrono::seconds turn_max{30};
};

class Health final {
public:
    enum class Stage { starting, serving, stopping };

    Health(const Clock& clock, const Store& store, const DiskRoom& disk,
           std::vector<WatchedLoop> loops);

    void enter(Stage stage) { stage_ = stage; }

    Stage stage() const { return stage_; }

    // Why not, one issue a reason; empty: it is.
    Issues faults_of_life() const;
    Issues faults_of_readiness() const;

private:
    const Clock& clock_;
    const Store& store_;
    const DiskRoom& disk_;
    std::vector<WatchedLoop> loops_;
    std::atomic<Stage> stage_ = Stage::starting;
};

}  // namespace gateway
