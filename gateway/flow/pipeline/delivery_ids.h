// The ids of what one message puts into the outbox: made when first asked for, and the same on
// every try, so that a try that the store turned down leaves no trace. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/base/ids.h"

namespace gateway {

class DeliveryIds final {
public:
    explicit DeliveryIds(IdSource& source) : source_(source) {}

    std::string at(std::size_t index);

    // Of the acknowledgement that the gateway sends as a message of its own.
    std::string of_acknowledgement();

private:
    IdSource& source_;
    std::string acknowledgement_;
    std::vector<std::string> ids_;
};

}  // namespace gateway
