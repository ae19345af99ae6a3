// Writes that matter where several gateways share a store: whose turn a received message is, in
// whose hands it is, and what only one of them does at a time. See unit_of_work.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.h"

namespace gateway {

// Precondition `turn`: no older message of the order key is still `received`; found: the oldest
// that is. Older are those of a smaller receive sequence; than a message without one, all.
struct AwaitTurn {
    std::string message;
    std::string order_key;
};

// Precondition: the message is `received`, and `lease` is the current one.
struct KeepMessage {
    std::string message;
    std::uint64_t lease = 0;
};

// Precondition: the message is `received`, `lease` as read, and its holder gone: nobody, or one who
// is not on duty at `now` (`duty_of`). Assigned: the new lease.
struct TakeMessage {
    std::string message;
    std::uint64_t lease = 0;
    std::string holder;  // the new one
    Instant now{};
};

// Precondition: nobody else has the duty at `now`. Those of gateways that are long gone are
// forgotten with it.
struct HoldDuty {
    std::string name;
    std::string holder;
    Instant now{};
    Instant until{};                                 // not after `now`: it is given up
    std::optional<std::string> note = std::nullopt;  // nothing: as before
};

// The name of the duty that says that a gateway is there.
std::string duty_of(std::string_view holder);

}  // namespace gateway
