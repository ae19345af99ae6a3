// Whether the database answers, as whoever tried last has found. The writer's session and the
// connections for look-ups share it, so that one of them waits for a database that is away and all
// others say so at once. Thread-safe; one mutex guards the reason.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/flow/store/postgres/connection.h"

namespace gateway::postgres {

class Reach final {
public:
    // Why it is away; nothing while it answers.
    std::optional<std::string> away() const;

    void lost(const std::string& why);

    // The writer's to say: that somebody was let in does not mean that something can be written.
    void found();

    // A newer program has migrated the database: this one never writes it again.
    void outdate(const std::string& why);

    std::optional<std::string> outdated() const;

    // Between two attempts.
    void rest(std::chrono::milliseconds pause);

    // The writer has a connection of its own again, perhaps to another server: whoever still looks
    // up over an older one may see what has been passed over.
    void moved() { ++era_; }

    std::uint64_t era() const { return era_; }

    // A connection; an attempt that fails is noted. Throws `PostgresError`: the server's, or
    // without an attempt while the last one was a long wait for nothing (`Patience::none`).
    enum class Patience { none, full };

    std::unique_ptr<Connection> connect(const ConnectionParameters& parameters,
                                        const ConnectionLimits& limits, Patience patience);

private:
    std::atomic<bool> is_away_ = false;
    std::atomic<bool> is_slow_ = false;  // to say so
    std::atomic<std::uint64_t> era_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable rested_;  // nobody ends a rest early
    std::string why_;
    std::optional<std::string> outdated_;
};

}  // namespace gateway::postgres
