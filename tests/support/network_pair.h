// Two network namespaces joined by a cable (veth), for a gateway and its peer. Neither has a name
// or a file: they end with the last thread and process inside, so that not even a killed test
// leaves one behind. What a thread makes inside (sockets, threads, processes) stays inside.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace gateway {

class NetworkPair final {
public:
    enum class Side { gateway, peer };

    // Throws std::runtime_error with the reason where the machine does not let us.
    NetworkPair();
    ~NetworkPair();
    NetworkPair(const NetworkPair&) = delete;
    NetworkPair& operator=(const NetworkPair&) = delete;

    static std::string address(Side side);

    // On a thread of its own inside; what it throws is thrown here.
    void inside(Side side, const std::function<void()>& act) const;

private:
    int namespace_of(Side side) const { return side == Side::gateway ? gateway_ : peer_; }

    int gateway_ = -1;
    int peer_ = -1;
};

// Why this process may not make namespaces; nothing where it may.
std::optional<std::string> no_namespaces();

}  // namespace gateway
