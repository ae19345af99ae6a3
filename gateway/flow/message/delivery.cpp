#include "gateway/flow/message/delivery.h"

#include <array>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::array states = {
    DeliveryState::pending, DeliveryState::leased,      DeliveryState::delivered,
    DeliveryState::held,    DeliveryState::quarantined,
};

}  // namespace

std::string_view to_string(DeliveryKind kind) {
    switch (kind) {
        case DeliveryKind::https:
            return "https";
        case DeliveryKind::mllp:
            return "mllp";
    }
    throw std::logic_error("unknown delivery kind");
}

std::optional<DeliveryKind> parse_delivery_kind(std::string_view word) {
    for (const DeliveryKind kind : {DeliveryKind::https, DeliveryKind::mllp}) {
        if (to_string(kind) == word) {
            return kind;
        }
    }
    return std::nullopt;
}

std::string_view to_string(DeliveryState state) {
    switch (state) {
        case DeliveryState::pending:
            return "pending";
        case DeliveryState::leased:
            return "leased";
        case DeliveryState::delivered:
            return "delivered";
        case DeliveryState::held:
            return "held";
        case DeliveryState::quarantined:
            return "quarantined";
    }
    throw std::logic_error("unknown delivery state");
}

std::optional<DeliveryState> parse_delivery_state(std::string_view word) {
    for (const DeliveryState state : states) {
        if (to_string(state) == word) {
            return state;
        }
    }
    return std::nullopt;
}

}  // namespace gateway
