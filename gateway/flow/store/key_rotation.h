// After a new master key was put first, at a start or while the store runs: brings the data keys
// under it, a few a unit of work, so that traffic goes on beside it. A key that cannot be read
// stays as it is. Stopped at any point, the next start goes on; when all are done, the older master
// keys may leave the configuration. Runs on the executor's thread, one step at a time; the executor
// drops or runs what it was given before this object goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/store/key_ring.h"
#include "gateway/flow/store/store.h"

namespace gateway {

class KeyRotation final {
public:
    KeyRotation(Store& store, std::shared_ptr<const KeyRing> keys, const Clock& clock, Log& log,
                Executor executor);

    // Does nothing where every data key is under the current master key already.
    void start();

    // The store goes on under this ring, and the data keys are brought under its current key. It
    // must have every key that the store names.
    void change_to(std::shared_ptr<const KeyRing> keys);

    // Data keys, since the start.
    std::uint64_t rewrapped() const { return rewrapped_in_all_; }

    bool is_running() const { return is_running_; }

private:
    void take_over(std::shared_ptr<const KeyRing> keys);
    void walk();
    void step();
    void finish();
    void report();
    AuditRecord record_of(const char* outcome) const;
    void submit(UnitOfWork unit, void (KeyRotation::*then)());

    Store& store_;
    std::shared_ptr<const KeyRing> keys_;
    const Clock& clock_;
    Log& log_;
    Executor executor_;
    std::atomic<std::uint64_t> rewrapped_in_all_ = 0;
    std::atomic<bool> is_running_ = false;
    std::uint64_t ring_ = 0;       // counts changes: what an earlier one had begun ends
    std::uint64_t looked_at_ = 0;  // the last data key
    std::int64_t rewrapped_ = 0;
    std::int64_t unreadable_ = 0;
};

}  // namespace gateway
