#include "gateway/net/roster.h"

#include "gateway/net/connection.h"

namespace gateway {

RosterPlace::~RosterPlace() {
    if (roster_) {
        roster_->leave(id_);
    }
}

std::optional<RosterPlace> Roster::enter(const std::string& peer_ip) {
    const std::lock_guard lock(mutex_);
    if (rows_.size() >= limits_.connections_max) {
        return std::nullopt;
    }
    auto& of_peer = per_peer_[peer_ip];
    if (of_peer >= limits_.connections_per_peer_max) {
        return std::nullopt;
    }
    ++of_peer;
    rows_.emplace(++last_id_, Row{peer_ip, {}});
    return std::optional<RosterPlace>(std::in_place, shared_from_this(), last_id_);
}

void Roster::seat(std::uint64_t id, std::weak_ptr<ServerConnection> connection) {
    const std::lock_guard lock(mutex_);
    if (const auto row = rows_.find(id); row != rows_.end()) {
        row->second.connection = std::move(connection);
    }
}

void Roster::leave(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto row = rows_.find(id);
    if (row == rows_.end()) {
        return;
    }
    const auto of_peer = per_peer_.find(row->second.peer_ip);
    if (--of_peer->second == 0) {
        per_peer_.erase(of_peer);
    }
    rows_.erase(row);
    left_.notify_all();
}

std::vector<std::shared_ptr<ServerConnection>> Roster::connections() const {
    std::vector<std::shared_ptr<ServerConnection>> seated;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, row] : rows_) {
        if (auto connection = row.connection.lock()) {
            seated.push_back(std::move(connection));
        }
    }
    return seated;
}

std::size_t Roster::size() const {
    const std::lock_guard lock(mutex_);
    return rows_.size();
}

bool Roster::wait_until_empty(std::chrono::steady_clock::time_point deadline) const {
    std::unique_lock lock(mutex_);
    return left_.wait_until(lock, deadline, [this] { return rows_.empty(); });
}

}  // namespace gateway
