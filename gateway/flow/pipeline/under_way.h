// The messages in state `received` that this process has in hand, so that a look into the store
// does not take them up a second time. Thread-safe: one mutex guards the ids.
#pragma once

#include <memory>
#include <string>

namespace gateway {

class UnderWay final {
public:
    UnderWay();

    // In hand until the last copy of the token is gone; null if it is in hand already.
    std::shared_ptr<void> enter(const std::string& message);

    bool has(const std::string& message) const;

private:
    struct Shared;

    std::shared_ptr<Shared> shared_;
};

}  // namespace gateway
