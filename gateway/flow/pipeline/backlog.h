// What waits for its partners in the store, as it was a moment ago. Counting walks an index (about
// 0.1 s for each 100,000 deliveries), so a worker does it, never whoever asks, and for a twentieth
// of its time at most. Thread-safe: one mutex guards the reading.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/pipeline/lanes.h"
#include "gateway/flow/store/store.h"

namespace gateway {

struct BacklogReading {
    std::vector<DeliveryCount> deliveries;
    // Messages in quarantine that have no delivery which could be released, by sender.
    std::map<std::string, std::uint64_t> stranded = {};
    SteadyTime at{};
};

class Backlog final {
public:
    // The store must outlive the lanes' last task.
    Backlog(const StoreReads& store, const Clock& clock, Log& log, Lanes& lanes);

    // Asks a worker for a new reading, if it is time for one; to be called about once a second.
    void refresh();

    // Null before the first one.
    std::shared_ptr<const BacklogReading> latest() const;

private:
    void count();
    std::map<std::string, std::uint64_t> stranded() const;

    const StoreReads& store_;
    const Clock& clock_;
    Log& log_;
    Lanes& lanes_;
    mutable std::mutex mutex_;
    std::shared_ptr<const BacklogReading> latest_;
    SteadyTime next_{};
    bool is_asked_ = false;
};

}  // namespace gateway
