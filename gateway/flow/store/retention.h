// Destroys the data keys of messages whose time is over, a few at a time beside the traffic: what
// they brought, their answers and their deliveries cannot be read any more, by nobody; ids, states,
// digests, trace and audit stay, with one audit record for each. Each call walks all that has
// expired; the next one goes on where this one was stopped. Runs on the executor's threads, one
// step at a time; the executor drops or runs what it was given before this object goes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/store/store.h"

namespace gateway {

class Retention final {
public:
    struct Parts {
        Store& store;
        const Clock& clock;
        Log& log;
    };

    // Without `kept` everything is kept for ever.
    Retention(Parts parts, std::optional<std::chrono::milliseconds> kept, Executor executor);

    // Nothing while a walk is under way.
    void run();

    // Messages, since the start.
    std::uint64_t destroyed() const { return destroyed_; }

    bool is_running() const { return is_running_; }

private:
    void step();
    void take_page();
    void note(const Outcome& outcome);
    void finish();

    Parts parts_;
    std::optional<std::chrono::milliseconds> kept_;
    Executor executor_;
    std::atomic<bool> is_running_ = false;
    std::atomic<std::uint64_t> destroyed_ = 0;
    std::atomic<std::size_t> waiting_ = 0;  // units of this page without an outcome
    std::atomic<bool> is_cut_ = false;      // the store took one no more
    std::uint64_t before_ = 0;              // destroyed when this walk began
    bool is_last_page_ = false;
    ExpiredMessage looked_at_;
};

}  // namespace gateway
