// The states that operators of integration engines know, from acceptance to outcome.
// The words are stored and shown; a renamed enumerator is a migration. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace gateway {

enum class MessageState {
    received,     // on disk, not yet processed: run (again) after a restart
    filtered,     // recognised, and by rule nothing further is done with it
    transformed,  // mapped and checked, no destination yet
    queued,       // its deliveries are in the outbox
    sent,         // every delivery reached its destination's transport
    error,        // refused, the sender was told why
    quarantined,  // accepted but cannot go on by itself: a person must act
};

std::string_view to_string(MessageState state);

std::optional<MessageState> parse_message_state(std::string_view word);

}  // namespace gateway
