// Which connections a server has: caps in all and per peer address, and a way to reach each of
// them. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/limits.h"

namespace gateway {

class ServerConnection;
class Roster;

// A connection's place in the roster, given back when it is destroyed.
class RosterPlace final {
public:
    RosterPlace(std::shared_ptr<Roster> roster, std::uint64_t id)
        : roster_(std::move(roster)), id_(id) {}

    RosterPlace(RosterPlace&&) noexcept = default;
    RosterPlace& operator=(RosterPlace&&) noexcept = delete;
    RosterPlace(const RosterPlace&) = delete;
    RosterPlace& operator=(const RosterPlace&) = delete;
    ~RosterPlace();

    std::uint64_t id() const { return id_; }

private:
    std::shared_ptr<Roster> roster_;
    std::uint64_t id_;
};

class Roster final : public std::enable_shared_from_this<Roster> {
public:
    explicit Roster(const ConnectionLimits& limits) : limits_(limits) {}

    // Nothing where a cap is reached.
    std::optional<RosterPlace> enter(const std::string& peer_ip);
    void seat(std::uint64_t id, std::weak_ptr<ServerConnection> connection);

    std::vector<std::shared_ptr<ServerConnection>> connections() const;
    std::size_t size() const;
    bool wait_until_empty(std::chrono::steady_clock::time_point deadline) const;

private:
    friend class RosterPlace;

    struct Row {
        std::string peer_ip;
        std::weak_ptr<ServerConnection> connection;
    };

    void leave(std::uint64_t id);

    ConnectionLimits limits_;   // unchanged
    mutable std::mutex mutex_;  // guards all below
    mutable std::condition_variable left_;
    std::unordered_map<std::uint64_t, Row> rows_;
    std::unordered_map<std::string, std::size_t> per_peer_;
    std::uint64_t last_id_ = 0;
};

}  // namespace gateway
