#include "gateway/flow/pipeline/under_way.h"

#include <mutex>
#include <unordered_set>

namespace gateway {

// Shared with the tokens, which may outlive the pipeline during a stop.
struct UnderWay::Shared {
    std::mutex mutex;
    std::unordered_set<std::string> messages;
};

UnderWay::UnderWay() : shared_(std::make_shared<Shared>()) {
}

std::shared_ptr<void> UnderWay::enter(const std::string& message) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (!shared_->messages.insert(message).second) {
            return nullptr;
        }
    }
    // Not null, so that it can be told from "already".
    return {shared_.get(), [shared = shared_, message](void*) {
                const std::lock_guard lock(shared->mutex);
                shared->messages.erase(message);
            }};
}

bool UnderWay::has(const std::string& message) const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->messages.contains(message);
}

}  // namespace gateway
