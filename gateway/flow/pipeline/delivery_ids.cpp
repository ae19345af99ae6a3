#include "gateway/flow/pipeline/delivery_ids.h"

namespace gateway {

std::string DeliveryIds::at(std::size_t index) {
    while (ids_.size() <= index) {
        ids_.push_back(source_.uuid());
    }
    return ids_[index];
}

std::string DeliveryIds::of_acknowledgement() {
    if (acknowledgement_.empty()) {
        acknowledgement_ = source_.uuid();
    }
    return acknowledgement_;
}

}  // namespace gateway
