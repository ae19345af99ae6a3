// The key rings of an open store: they change while it runs. Look-ups take the new ring first, so
// that whatever is sealed under it can be read; the writer seals under it once it is durable which
// master keys it has. Thread-safe; one mutex guards both.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "gateway/flow/store/key_ring.h"

namespace gateway {

class KeysInUse final {
public:
    // Null: a store that was opened without keys.
    explicit KeysInUse(const std::shared_ptr<const KeyRing>& keys)
        : opening_(keys), sealing_(keys) {}

    std::shared_ptr<const KeyRing> opening() const {
        const std::lock_guard lock(mutex_);
        return opening_;
    }

    std::shared_ptr<const KeyRing> sealing() const {
        const std::lock_guard lock(mutex_);
        return sealing_;
    }

    void open_with(std::shared_ptr<const KeyRing> keys) {
        const std::lock_guard lock(mutex_);
        opening_ = std::move(keys);
    }

    void seal_with(std::shared_ptr<const KeyRing> keys) {
        const std::lock_guard lock(mutex_);
        sealing_ = std::move(keys);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const KeyRing> opening_;
    std::shared_ptr<const KeyRing> sealing_;
};

}  // namespace gateway
