// Something about a message that a person must hear of, told once its commit is durable: what an
// alarm that leaves the box hangs on. A value, without patient data.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

enum class ConcernKind {
    control_id_reused,  // another message came under a control id that was used before
    quarantined,        // acknowledged, and cannot go on by itself
};

std::string_view to_string(ConcernKind kind);

struct Concern {
    ConcernKind kind = ConcernKind::quarantined;
    std::string partner;  // the sender
    std::string message;  // id
    std::string text;     // one sentence
};

}  // namespace gateway
