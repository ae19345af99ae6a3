#include "gateway/flow/store/store.h"

#include <stdexcept>

namespace gateway {

std::string_view to_string(Precondition precondition) {
    switch (precondition) {
        case Precondition::unique_key:
            return "unique_key";
        case Precondition::state:
            return "state";
        case Precondition::version:
            return "version";
        case Precondition::lease:
            return "lease";
        case Precondition::missing:
            return "missing";
        case Precondition::turn:
            return "turn";
        case Precondition::content:
            return "content";
    }
    throw std::logic_error("unknown precondition");
}

std::string duty_of(std::string_view holder) {
    std::string name = "gateway:";
    name += holder;
    return name;
}

}  // namespace gateway
