// What came of a unit of work, and how whoever submitted it is told. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway {

struct Committed {
    std::vector<std::uint64_t> assigned;  // one per write; 0 where a write is given no number
};

enum class Precondition {
    unique_key,  // the id or key is taken; found: by whom
    state,       // found: the state it is in
    version,     // found: the latest version
    lease,       // found: the current lease and state
    missing,     // what the write refers to is not there
    turn,        // another comes first; found: which
    content,     // the write contradicts itself, such as an artefact whose hash is another
};

std::string_view to_string(Precondition precondition);

// Nothing of the unit was written.
struct PreconditionFailed {
    std::size_t write = 0;  // position in the unit
    Precondition precondition = Precondition::state;
    std::string found;
};

// Nothing of the unit may be relied on: it was not reported durable. The same unit may be submitted
// later; one that did reach the disk then fails a precondition.
struct Unavailable {
    std::string reason;  // for the log: no patient data
};

using Outcome = std::variant<Committed, PreconditionFailed, Unavailable>;

using Continuation = std::function<void(const Outcome&)>;

// Runs a task on the thread that owns what the continuation touches, such as `Reactor::post`.
// Called on the store's writer thread (or in `submit`, when the store takes no more units): it must
// not block or throw.
using Executor = std::function<void(std::function<void()>)>;

}  // namespace gateway
