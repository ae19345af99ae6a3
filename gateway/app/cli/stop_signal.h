// Waiting for the end of a long-running verb: SIGINT or SIGTERM.
#pragma once

namespace gateway {

// Blocks both signals in this thread and all that it starts afterwards, so that `wait` sees them;
// made before any other thread.
class StopSignal final {
public:
    StopSignal();

    // Until one of them arrives.
    void wait() const;
};

}  // namespace gateway
