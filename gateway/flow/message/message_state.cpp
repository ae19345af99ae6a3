#include "gateway/flow/message/message_state.h"

#include <array>
#include <stdexcept>

namespace gateway {

namespace {

constexpr std::array states = {
    MessageState::received, MessageState::filtered, MessageState::transformed, MessageState::queued,
    MessageState::sent,     MessageState::error,    MessageState::quarantined,
};

}  // namespace

std::string_view to_string(MessageState state) {
    switch (state) {
        case MessageState::received:
            return "received";
        case MessageState::filtered:
            return "filtered";
        case MessageState::transformed:
            return "transformed";
        case MessageState::queued:
            return "queued";
        case MessageState::sent:
            return "sent";
        case MessageState::error:
            return "error";
        case MessageState::quarantined:
            return "quarantined";
    }
    throw std::logic_error("unknown message state");
}

std::optional<MessageState> parse_message_state(std::string_view word) {
    for (const MessageState state : states) {
        if (to_string(state) == word) {
            return state;
        }
    }
    return std::nullopt;
}

}  // namespace gateway
