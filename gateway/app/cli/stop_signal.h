// Waiting for what a long-running verb is told from outside: SIGINT or SIGTERM to end, SIGHUP to
// read its configuration again.
#pragma once

namespace gateway {

// Blocks its signals in this thread and all that it starts afterwards, so that `wait` sees them;
// made before any other thread.
class StopSignal final {
public:
    // `ends`: SIGHUP does what it does by default, for verbs that have nothing to read again.
    enum class HangUp { ends, reloads };

    explicit StopSignal(HangUp hang_up = HangUp::ends);

    enum class Wish { stop, reload };

    // Until one of them arrives.
    Wish wait() const;

private:
    HangUp hang_up_;
};

}  // namespace gateway
