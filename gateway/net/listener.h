// Accepts connections for a server: caps in all and per peer address, spreads them over the
// reactors, and lets them end in good order. Any thread but the reactors'.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/net/connection.h"
#include "gateway/net/limits.h"
#include "gateway/net/reactor.h"
#include "gateway/net/roster.h"
#include "gateway/net/socket.h"
#include "gateway/net/tls_context.h"

namespace gateway {

// What a server makes its connection object from.
struct Arrival {
    Reactor& reactor;
    std::unique_ptr<Stream> stream;
    std::string peer_ip;
    RosterPlace place;
};

class Listener final {
public:
    using Open = std::function<std::shared_ptr<ServerConnection>(Arrival)>;
    using OnFault = std::function<void(const ConnectionFault&)>;

    struct Settings {
        HostPort address;
        std::shared_ptr<const TlsContext> tls;  // null: plain, loopback only
        ConnectionLimits limits = {};
        OnFault on_fault = {};
    };

    // A Failure `invalid` where it would listen without TLS on more than loopback.
    Listener(std::vector<Reactor*> reactors, const Settings& settings, Open open);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    const IpPort& address() const { return address_; }

    std::size_t connections() const { return roster_->size(); }

    void replace_tls(std::shared_ptr<const TlsContext> tls);
    void close_where(const std::function<bool(const PeerCertificate&)>& unwelcome);

    // Idempotent. Waits until every connection is gone: those still busy after `grace` are cut.
    void stop(std::chrono::milliseconds grace);

private:
    class Doorway;

    bool running() const;
    void for_each_connection(const std::function<void(ServerConnection&)>& act);

    std::vector<Reactor*> reactors_;
    std::shared_ptr<Roster> roster_;
    std::shared_ptr<Doorway> doorway_;
    IpPort address_;
    bool stopped_ = false;
};

}  // namespace gateway
