#include "gateway/flow/store/postgres/reach.h"

namespace gateway::postgres {

namespace {

// A refusal comes at once; a host that is gone, or a server that hangs, costs the whole timeout.
constexpr std::chrono::milliseconds quick{200};

}  // namespace

std::optional<std::string> Reach::away() const {
    if (!is_away_) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    return why_;
}

void Reach::lost(const std::string& why) {
    const std::lock_guard lock(mutex_);
    why_ = why;
    is_away_ = true;
}

void Reach::found() {
    is_slow_ = false;
    is_away_ = false;
}

void Reach::outdate(const std::string& why) {
    const std::lock_guard lock(mutex_);
    outdated_ = why;
}

std::optional<std::string> Reach::outdated() const {
    const std::lock_guard lock(mutex_);
    return outdated_;
}

void Reach::rest(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    rested_.wait_for(lock, pause, [] { return false; });
}

std::unique_ptr<Connection> Reach::connect(const ConnectionParameters& parameters,
                                           const ConnectionLimits& limits, Patience patience) {
    if (patience == Patience::none && is_away_ && is_slow_) {
        throw PostgresError("", away().value_or("PostgreSQL: the server was away"));
    }
    const auto began = std::chrono::steady_clock::now();
    try {
        return std::make_unique<Connection>(parameters, limits);
    } catch (const PostgresError& error) {
        is_slow_ = std::chrono::steady_clock::now() - began > quick;
        lost(error.what());
        throw;
    }
}

}  // namespace gateway::postgres
