#include "gateway/format/hl7v2/ack_demand.h"

#include <stdexcept>

namespace gateway {

namespace {

AckCondition condition_of(std::string_view word) {
    if (word.empty() || word == "NE") {
        return AckCondition::never;
    }
    if (word == "ER") {
        return AckCondition::error;
    }
    return word == "SU" ? AckCondition::success : AckCondition::always;
}

}  // namespace

AckDemand ack_demand(const MessageHead& head) {
    if (!head.enhanced_mode()) {
        return {};
    }
    return {true, condition_of(head.accept_ack), condition_of(head.application_ack)};
}

bool is_wanted(AckCondition condition, AckCode code) {
    const bool is_success = code == AckCode::aa || code == AckCode::ca;
    switch (condition) {
        case AckCondition::always:
            return true;
        case AckCondition::never:
            return false;
        case AckCondition::error:
            return !is_success;
        case AckCondition::success:
            return is_success;
    }
    throw std::logic_error("unknown acknowledgement condition");
}

AckCode accept_code(AckCode code) {
    switch (code) {
        case AckCode::aa:
        case AckCode::ca:
            return AckCode::ca;
        case AckCode::ae:
        case AckCode::ce:
            return AckCode::ce;
        case AckCode::ar:
        case AckCode::cr:
            return AckCode::cr;
    }
    throw std::logic_error("unknown acknowledgement code");
}

}  // namespace gateway
