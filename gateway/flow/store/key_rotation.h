// After a new master key was put first: brings the data keys under it, a few a unit of work, so
// that traffic goes on beside it. A key that cannot be read stays as it is. Stopped at any point,
// the next start goes on; when all are done, the older master keys may leave the configuration.
// Runs on the executor's thread, one step at a time; the executor drops or runs what it was given
// before this object goes.
#pragma once

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

private:
    void step();
    void finish();
    void report();
    void submit(UnitOfWork unit, void (KeyRotation::*then)());

    Store& store_;
    std::shared_ptr<const KeyRing> keys_;
    const Clock& clock_;
    Log& log_;
    Executor executor_;
    std::uint64_t looked_at_ = 0;  // the last data key
    std::int64_t rewrapped_ = 0;
    std::int64_t unreadable_ = 0;
};

}  // namespace gateway
