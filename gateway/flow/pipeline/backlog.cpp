#include "gateway/flow/pipeline/backlog.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds pause_min = 1s;
constexpr int pause_to_work = 20;

}  // namespace

Backlog::Backlog(const StoreReads& store, const Clock& clock, Log& log, Lanes& lanes)
    : store_(store), clock_(clock), log_(log), lanes_(lanes) {
}

void Backlog::refresh() {
    {
        const std::lock_guard lock(mutex_);
        if (is_asked_ || clock_.steady() < next_) {
            return;
        }
        is_asked_ = true;
    }
    const auto posted = lanes_.post("backlog", [this](const LaneHold&) { count(); });
    if (posted != Lanes::Posted::taken) {
        const std::lock_guard lock(mutex_);
        is_asked_ = false;
    }
}

void Backlog::count() {
    const SteadyTime began = clock_.steady();
    std::shared_ptr<const BacklogReading> reading;
    try {
        reading = std::make_shared<const BacklogReading>(
            BacklogReading{store_.delivery_counts(), stranded(), clock_.steady()});
    } catch (const Failure& failure) {
        log_.write_failure("backlog.failed", failure);
    }
    const SteadyTime ended = clock_.steady();
    const std::lock_guard lock(mutex_);
    latest_ = reading ? std::move(reading) : latest_;
    next_ = ended + std::max(pause_min, pause_to_work * (ended - began));
    is_asked_ = false;
}

// Bounded: with more than so many a person has been told long ago.
std::map<std::string, std::uint64_t> Backlog::stranded() const {
    constexpr std::size_t looked_at_max = 1000;
    std::map<std::string, std::uint64_t> by_sender;
    for (const Message& message : store_.stranded(0, looked_at_max)) {
        ++by_sender[message.sender.partner];
    }
    return by_sender;
}

std::shared_ptr<const BacklogReading> Backlog::latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
}

}  // namespace gateway
